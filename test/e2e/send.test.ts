// `taskqueue send`, as people and scripts use it: the built program against a real broker.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { MAIN } from '../support/daemon.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { type RunOptions, type RunResult, run } from '../support/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
afterAll(() => client.close());
const directory = temporaryDirectory('send');

function configFile(name: string, changes: Partial<typeof broker> = {}): string {
  const { host, port, user, password, vhost } = { ...broker, ...changes };
  const path = join(directory, name);
  writeFileSync(path, `[amqp]\nhost: ${host}\nport: ${port}\nuser: ${user}\npasswd: ${password}\nvhost: ${vhost}\n`);
  return path;
}

function send(config: string, args: string[], options?: RunOptions): Promise<RunResult> {
  return run(process.execPath, [MAIN, 'send', '-c', config, ...args], options);
}

const config = configFile('good.ini');

test('without the queue "taskqueue" nothing is sent: exit code 69, and what to do', async () => {
  const { exitCode, stdout, stderr } = await send(config, ['echo', 'x']);
  expect([exitCode, stdout]).toEqual([69, '']);
  expect(stderr).toBe('taskqueue: there is no queue "taskqueue" yet: start a dispatcher, which makes it\n');
});

test('what is sent is in the queue, as it was given, once the id is printed', async () => {
  await client.declare('taskqueue');
  const arrived = await client.collect('taskqueue');
  const body = Buffer.from('{"hello": "wörld"}\n');
  const { exitCode, stdout, stderr } = await send(config, ['echo', '--delay', '5m'], { input: body });
  expect([exitCode, stderr]).toEqual([0, '']);
  const [message] = await arrived.take(1);
  expect(message?.content.equals(body)).toBe(true);
  expect(message?.properties).toMatchObject({
    messageId: stdout.trim(),
    contentType: 'application/json',
    deliveryMode: 2,
    headers: { 'tq-type': 'echo', 'tq-due': expect.any(Number) },
  });
});

test.each([
  ['a wrong password', { password: 'wrong' }],
  ['a vhost that does not exist', { vhost: 'nowhere' }],
  ['a port where nobody listens', { port: 1 }],
])('%s: exit code 69 when the time is over, and one line that says why', async (_, changes) => {
  const { exitCode, stdout, stderr } = await send(configFile('bad.ini', changes), ['echo', 'x', '--timeout', '2s']);
  expect([exitCode, stdout]).toEqual([69, '']);
  expect(stderr).toMatch(/^taskqueue: [^\n]+\n$/);
  expect(stderr).not.toContain('did not confirm');
  expect(stderr).not.toContain('wrong');
});
