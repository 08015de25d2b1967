// Brokers that are late or away, daemons that hang, workers that die, a host that boots again.
import { expect, test } from 'vitest';
import { BOTH, DISPATCHER, type Host, inWorker, property, WORKERPOOL, work, write } from './host.ts';

/** So that nobody has to wait for the real one; long enough for a machine that is busy. */
const WATCHDOG = '[Service]\nWatchdogSec=6\n';
const UNITS = [DISPATCHER, WORKERPOOL];

export function trouble(host: Host): void {
  test('a broker that is away for longer than the watchdog is shown, and no reason to restart', {
    timeout: 120_000,
  }, async () => {
    for (const unit of UNITS) await write(host(), `/etc/systemd/system/${unit}.service.d/watchdog.conf`, WATCHDOG);
    await host().output(`systemctl daemon-reload; systemctl restart ${BOTH}`, 60_000);
    const pids = await Promise.all(UNITS.map((unit) => property(host(), unit, 'MainPID')));
    await host().output('systemctl stop rabbitmq-server', 60_000);
    for (const unit of UNITS) {
      await host().untilOutput(
        `systemctl show --property=StatusText ${unit} | grep 'broker away, trying until it works: '`,
      );
    }
    await host().output('sleep 15', 20_000);
    expect(await Promise.all(UNITS.map((unit) => property(host(), unit, 'MainPID')))).toEqual(pids);
    expect(await host().output(`systemctl is-active ${BOTH}`)).toBe('active\nactive');
    await host().output('systemctl start rabbitmq-server', 90_000);
    for (const unit of UNITS) {
      await host().untilOutput(`systemctl show --property=StatusText ${unit} | grep ' connected'`, 60_000);
    }
    expect(await work(host(), 'first', 'after the broker')).toBe('after the broker');
  });

  test('daemons that start before their broker are up, say so, and work once it is there', {
    timeout: 150_000,
  }, async () => {
    await host().output(`systemctl stop ${BOTH} rabbitmq-server`, 90_000);
    await host().output(`systemctl start ${BOTH}`, 60_000);
    expect(await host().output(`systemctl is-active ${BOTH}`)).toBe('active\nactive');
    for (const unit of UNITS) expect(await property(host(), unit, 'StatusText')).toContain('broker away');
    await host().output('systemctl start rabbitmq-server', 90_000);
    expect(await work(host(), 'first', 'late', 60_000)).toBe('late');
  });

  test.each(UNITS)(
    '%s is killed by the watchdog when it hangs, and started again',
    { timeout: 90_000 },
    async (unit) => {
      const [pid, restarts] = [await property(host(), unit, 'MainPID'), await property(host(), unit, 'NRestarts')];
      await host().output(`kill -STOP ${pid}`);
      await host().untilOutput(`test "$(systemctl show --property=NRestarts --value ${unit})" -gt ${restarts}`, 60_000);
      await host().untilOutput(`systemctl is-active ${unit}`, 60_000);
      expect(await host().output(`journalctl --no-pager --unit ${unit}`)).toMatch(/Watchdog timeout \(limit 6s\)/);
      expect(await work(host(), 'first', 'after the watchdog')).toBe('after the watchdog');
    },
  );

  test('a worker that is killed for its memory costs one try of one workitem, not the unit', async () => {
    const pid = await property(host(), WORKERPOOL, 'MainPID');
    const told = inWorker(
      host(),
      'test -e /tmp/once || { touch /tmp/once; kill -KILL $PPID; sleep 5; }; echo survived',
    );
    expect(await told).toEqual({ code: 0, output: 'survived' });
    expect(await property(host(), WORKERPOOL, 'MainPID')).toBe(pid);
  });

  test('workers end with a daemon that is killed', async () => {
    await host().output(`systemctl kill --kill-whom=main --signal=KILL ${WORKERPOOL}`);
    await host().untilOutput(
      `systemctl is-active ${WORKERPOOL} && test "$(pgrep --count --full '^taskqueue: first#1')" = 1`,
    );
    expect(await work(host(), 'first', 'after the kill')).toBe('after the kill');
  });

  test('both work again after a reboot', { timeout: 150_000 }, async () => {
    await host().reboot();
    await host().untilOutput(`systemctl is-active ${BOTH}`, 60_000);
    expect(await work(host(), 'first', 'after the reboot', 60_000)).toBe('after the reboot');
  });
}
