// Removal, reinstallation and purge.
import { expect, test } from 'vitest';
import { changedFiles } from './files.ts';
import { BOTH, CONFIG, DISPATCHER, type Host, NEXT_PACKAGES, property, WORKERPOOL, work } from './host.ts';

const NAMES = 'taskqueue-extra taskqueue-workerpool taskqueue-dispatcher taskqueue-common';

export function leaving(host: Host): void {
  test('a removal stops the daemons, and keeps the configuration', { timeout: 120_000 }, async () => {
    await host().output(`apt-get remove --yes ${NAMES} 2>&1`, 90_000);
    expect(await host().output("pgrep --full --list-full '^(/usr/bin/node .*)?taskqueue' || true")).toBe('');
    expect((await host().run(`systemctl is-active ${BOTH}`)).stdout).toBe('inactive\ninactive\n');
    expect(await host().output(`grep passwd ${CONFIG}`)).toContain('a good password');
  });

  test('a reinstallation finds it again', { timeout: 120_000 }, async () => {
    await host().output(`apt-get install --yes ${NEXT_PACKAGES}/*.deb 2>&1`, 90_000);
    await host().output(`systemctl start ${BOTH}`, 60_000);
    expect(await work(host(), 'first', 'back')).toBe('back');
    for (const unit of [DISPATCHER, WORKERPOOL]) expect(await property(host(), unit, 'UnitFileState')).toBe('enabled');
  });

  test('a purge leaves what the administrator made, the users, and nothing else', { timeout: 120_000 }, async () => {
    await host().output(`apt-get purge --yes ${NAMES} 2>&1`, 90_000);
    // Everything that the tests have put there in the administrator's name.
    await host().output(`rm -r /etc/taskqueue/conf.d/shell.ini /usr/local/lib/taskqueue /usr/local/bin/npm /srv/shell* /home/builder
      rm -r /etc/systemd/system/taskqueue-*.service.d; rmdir /etc/taskqueue/conf.d /etc/taskqueue`);
    const { come, gone } = await changedFiles(host());
    // needrestart's test has replaced a library by a copy of itself.
    expect({ come, gone }).toEqual({ come: [], gone: [] });
    expect(await host().output('getent passwd taskqueue taskqueue-worker')).toMatch(/^taskqueue:.*\ntaskqueue-worker:/);
  });
}
