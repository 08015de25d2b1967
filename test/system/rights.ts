// The rights of broker users that the README gives to each component are enough.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOTH, CONFIG, DISPATCHER, type Host, result, WORKERPOOL, write } from './host.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** A program of somebody's who has installed nothing but taskqueue-common. */
const ASK = `
const { Client } = require('taskqueue/client');
(async () => {
  const client = await Client.connect('amqp://client:a%20good%20password@localhost/taskqueue');
  const handle = await client.submit('first', 'mine');
  console.log(await handle.result(), await handle.status(), client.stats.eventsProblem);
  await client.close();
})();
`;

export function rights(host: Host): void {
  test('dispatcher, pool manager, senders and clients work as users of their own', { timeout: 120_000 }, async () => {
    const lines = [...README.matchAll(/^# (rabbitmqctl set_permissions -p taskqueue (\w+) .*)$/gm)];
    expect(lines.map((match) => match[2])).toEqual(['dispatcher', 'workerpool', 'sender', 'client']);
    for (const [, line, user] of lines) {
      await host().output(`rabbitmqctl add_user ${user} 'a good password'; ${line}`);
      await host().output(`sed 's/^user = taskqueue$/user = ${user}/' ${CONFIG} > /etc/taskqueue/${user}.ini
        chown root:taskqueue /etc/taskqueue/${user}.ini; chmod 640 /etc/taskqueue/${user}.ini`);
    }
    const dropIn = (user: string): string => `[Service]\nEnvironment=TASKQUEUE_CONFIG=/etc/taskqueue/${user}.ini\n`;
    await write(host(), `/etc/systemd/system/${DISPATCHER}.service.d/rights.conf`, dropIn('dispatcher'));
    await write(host(), `/etc/systemd/system/${WORKERPOOL}.service.d/rights.conf`, dropIn('workerpool'));
    const since = await host().output(
      `date '+%F %T'; systemctl daemon-reload; sleep 1; systemctl restart ${BOTH}`,
      90_000,
    );
    await host().output('taskqueue send --config /etc/taskqueue/sender.ini first mine');
    expect(await result(host())).toBe('mine');
    await host().output('taskqueue send --config /etc/taskqueue/sender.ini first later --delay 1s');
    expect(await result(host())).toBe('later');
    await write(host(), '/root/ask.cjs', ASK);
    expect(await host().output('cd /tmp; node /root/ask.cjs')).toBe('mine FINISHED null');
    const log = await host().output(
      `journalctl --no-pager --unit ${DISPATCHER} --unit ${WORKERPOOL} --since '${since}'`,
    );
    expect(log).toContain('connected to the broker');
    expect(log).not.toMatch(/refused|could not be declared/i);

    await host().output(
      `rm /etc/systemd/system/taskqueue-*.service.d/rights.conf /etc/taskqueue/{dispatcher,workerpool,sender,client}.ini
      systemctl daemon-reload; systemctl restart ${BOTH}`,
      90_000,
    );
  });
}
