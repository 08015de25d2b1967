// To the next version, under work that runs, with a configuration that has been edited.
import { expect, test } from 'vitest';
import {
  BOTH,
  CONFIG,
  DISPATCHER,
  type Host,
  inWorker,
  NEXT_PACKAGES,
  property,
  SPARE,
  WORKERPOOL,
  work,
} from './host.ts';

const UNITS = [DISPATCHER, WORKERPOOL];

export function upgrading(host: Host): void {
  test('daemons whose files are gone go on: they have loaded all that they need', { timeout: 90_000 }, async () => {
    await host().output(
      `mkdir -p ${SPARE}/bin; cp -r /usr/lib/taskqueue/* ${SPARE}; ln -s ../dist/cli/main.js ${SPARE}/bin/taskqueue
      mv /usr/lib/taskqueue/dist /usr/lib/taskqueue/node_modules /srv`,
    );
    try {
      expect(await work(host(), 'first', 'without files')).toBe('without files');
      await host().output('rabbitmqctl --quiet close_all_connections gone');
      expect(
        await host().untilOutput(
          `systemctl show --property=StatusText --value ${BOTH} | grep --count ' connected' | grep 2`,
        ),
      ).toBe('2');
      await host().output(`systemctl kill --kill-whom=main --signal=HUP ${BOTH}`);
      await host().untilOutput(`journalctl --no-pager --unit ${WORKERPOOL} --lines 3 | grep reloaded`);
    } finally {
      await host().output('mv /srv/dist /srv/node_modules /usr/lib/taskqueue');
    }
    expect(await work(host(), 'first', 'with files')).toBe('with files');
  });

  test('a worker that dies between unpack and configure does no harm', { timeout: 120_000 }, async () => {
    const pids = await Promise.all(UNITS.map((unit) => property(host(), unit, 'MainPID')));
    await host().output(`dpkg --unpack ${NEXT_PACKAGES}/*.deb 2>&1`, 60_000);
    expect(await Promise.all(UNITS.map((unit) => property(host(), unit, 'MainPID')))).toEqual(pids);
    await host().output("pkill -KILL --full '^taskqueue: second#1'");
    expect(await work(host(), 'first', 'half way')).toBe('half way');
    const running = inWorker(host(), 'sleep 5; echo finished');
    await host().untilOutput('pgrep --exact sleep --uid builder');
    await host().output('dpkg --configure --pending 2>&1', 90_000);
    expect(await running).toEqual({ code: 0, output: 'finished' });
    expect(await work(host(), 'second', 'second hello')).toContain('hello');
  });

  test('restarts each daemon once, keeps the edited configuration, and asks nothing', async () => {
    expect(await host().output('taskqueue --version')).toMatch(/-next1$/);
    for (const unit of UNITS) {
      const started = await host().output(
        `journalctl --no-pager --unit ${unit} --since "$(stat --format=%z /usr/lib/taskqueue | cut -d. -f1)" | grep --count ': Started ' || true`,
      );
      expect([unit, started]).toEqual([unit, '1']);
    }
    expect(await host().output(`grep passwd ${CONFIG}; stat --format='%U:%G %a' ${CONFIG}`)).toContain(
      'a good password',
    );
    expect(await host().output(`ls /etc/taskqueue`)).not.toContain('dpkg-');
  });

  test('needrestart shows the pool manager, and leaves it alone', { timeout: 120_000 }, async () => {
    const pid = await property(host(), WORKERPOOL, 'MainPID');
    // A library that it has loaded is replaced by a copy of itself, as an upgrade would.
    await host().output(`library=$(grep -o '/[^ ]*libnode.so[^ ]*' /proc/${pid}/maps | head -n 1)
      cp "$library" "$library.new"; mv "$library.new" "$library"`);
    const said = await host().output('needrestart -b -r a -l 2>&1', 90_000);
    expect(said).toContain('NEEDRESTART-SVC: taskqueue-workerpool.service');
    expect(await property(host(), WORKERPOOL, 'MainPID')).toBe(pid);
  });
}
