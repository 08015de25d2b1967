// Packages that bring plugins: the daemons that run take them over, and give them up, by themselves. Uses the package that
// a plugin has built in /home/builder.
import { expect, test } from 'vitest';
import { DISPATCHER, type Host, inWorker, property, WORKERPOOL, withMistake, work } from './host.ts';

const DEB = '/home/builder/taskqueue-plugin-greeter_1.0.0_all.deb';
const INSTALL = `dpkg --install ${DEB} 2>&1`;
const REMOVE = 'dpkg --remove taskqueue-plugin-greeter 2>&1';

export function plugins(host: Host): void {
  test('a package with a plugin makes it live, and touches no other work that runs', async () => {
    const [pool, dispatcher] = [
      await property(host(), WORKERPOOL, 'MainPID'),
      await property(host(), DISPATCHER, 'MainPID'),
    ];
    const running = inWorker(host(), 'sleep 8; echo undisturbed');
    await host().untilOutput('pgrep --exact sleep --uid builder');
    await host().output(INSTALL, 60_000);
    await host().untilOutput('pgrep --full "^taskqueue: greeter#1"');
    expect(await running).toEqual({ code: 0, output: 'undisturbed' });
    expect(await work(host(), 'greeter', { name: 'Ada' })).toBe('{"greeting":"Hello, Ada!"}');
    expect(await property(host(), WORKERPOOL, 'MainPID')).toBe(pool);
    expect(await property(host(), DISPATCHER, 'MainPID')).toBe(dispatcher);
  });

  test('its removal ends its workers', async () => {
    await host().output(REMOVE, 60_000);
    await host().untilOutput('! pgrep --full "^taskqueue: greeter#1"');
    expect(await host().output(`systemctl is-active ${WORKERPOOL}`)).toBe('active');
  });

  test('the functions of an example plugin can be called once it has a section', async () => {
    const file = '/etc/taskqueue/conf.d/math.ini';
    await host().output(`echo '[math]' > ${file}; systemctl reload ${WORKERPOOL}`);
    const request = { jsonrpc: '2.0', method: 'math.add', params: [5, 6], id: 'mine' };
    expect(JSON.parse(await work(host(), 'math', request))).toEqual({ jsonrpc: '2.0', result: 11, id: 'mine' });
    await host().output(`rm ${file}; systemctl reload ${WORKERPOOL}`);
    await host().untilOutput('! pgrep --full "^taskqueue: math#1"');
  });

  test('with an invalid configuration it is installed all the same, and says what is not done', async () => {
    await withMistake(host(), async () => {
      const said = await host().output(INSTALL, 60_000);
      expect(said).toContain(`${WORKERPOOL} has not taken over the changed plugins`);
      expect(await host().output('dpkg --status taskqueue-plugin-greeter')).toContain('Status: install ok installed');
      expect(await host().output(`systemctl is-active ${WORKERPOOL}`)).toBe('active');
      expect((await inWorker(host(), 'echo as before')).output).toBe('as before');
    });
    await host().output(`systemctl reload ${WORKERPOOL} ${DISPATCHER}`);
    expect(await work(host(), 'greeter', {})).toBe('{"greeting":"Hello, stranger!"}');
  });

  test('with a pool manager that is stopped nothing is started', async () => {
    await host().output(`systemctl stop ${WORKERPOOL}`, 60_000);
    await host().output(`${REMOVE}; ${INSTALL}`, 60_000);
    expect(await property(host(), WORKERPOOL, 'ActiveState')).toBe('inactive');
    await host().output(`systemctl start ${WORKERPOOL}`, 60_000);
    expect(await work(host(), 'greeter', { name: 'Bob' })).toBe('{"greeting":"Hello, Bob!"}');
    await host().output(REMOVE, 60_000);
  });
}
