// What `systemctl reload` does with good and with bad configurations, and what a bad one does to a start.
import { expect, test } from 'vitest';
import { DISPATCHER, type Host, property, WORKERPOOL, withMistake, work } from './host.ts';

const UNITS = [DISPATCHER, WORKERPOOL];

export function reloading(host: Host): void {
  test.each(UNITS)('an invalid configuration makes systemctl reload %s fail, and changes nothing', async (unit) => {
    const pid = await property(host(), unit, 'MainPID');
    await withMistake(host(), async () => {
      const { exitCode } = await host().run(`systemctl reload ${unit}`);
      expect(exitCode).not.toBe(0);
      expect(await property(host(), unit, 'StatusText')).toMatch(/last reload refused: .*config\.ini/);
      expect(await host().output(`journalctl --no-pager --unit ${unit} --lines 20`)).toContain('many');
      expect(await work(host(), 'first', 'still here')).toBe('still here');
    });
    await host().output(`systemctl reload ${unit}`);
    expect(await property(host(), unit, 'StatusText')).not.toContain('refused');
    expect(await property(host(), unit, 'MainPID')).toBe(pid);
  });

  test.each(UNITS)(
    '%s does not start with an invalid configuration, does not try again, and says why',
    async (unit) => {
      await withMistake(host(), async () => {
        const { exitCode } = await host().run(`systemctl restart ${unit}`);
        expect(exitCode).not.toBe(0);
        expect(await property(host(), unit, 'ActiveState')).toBe('failed');
        expect(await property(host(), unit, 'ExecMainStatus')).toBe('78');
        expect(await property(host(), unit, 'NRestarts')).toBe('0');
        const { stdout } = await host().run(`systemctl status --full ${unit}`);
        expect(stdout).toMatch(/config\.ini:\d+: .*instances.*many/);
      });
      await host().output(`systemctl start ${unit}`, 60_000);
      expect(await work(host(), 'first', 'here again')).toBe('here again');
    },
  );

  test('SIGHUP by hand is a reload like any other', async () => {
    await host().output(`systemctl kill --kill-whom=main --signal=HUP ${DISPATCHER}`);
    await host().untilOutput(`journalctl --no-pager --unit ${DISPATCHER} --lines 3 | grep reloaded`);
    expect(await host().output(`systemctl is-active ${DISPATCHER}`)).toBe('active');
  });
}
