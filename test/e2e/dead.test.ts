// `taskqueue dead`, as operators use it: the built program, real daemons and a real broker.
import { expect, test } from 'vitest';
import type { TestClient } from '../support/amqp-client.ts';
import { MAIN } from '../support/daemon.ts';
import { spawnGuarded } from '../support/guard.ts';
import { openScene, type Pipeline } from '../support/pipeline.ts';
import { type RunResult, run } from '../support/run.ts';
import { until } from '../support/until.ts';

type Row = Readonly<Record<string, unknown>>;

function dead(pipeline: Pipeline, command: string, ...args: string[]): Promise<RunResult> {
  return run(process.execPath, [MAIN, 'dead', command, '-c', pipeline.configFile, ...args]);
}

const rowsIn = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

const listed = async (pipeline: Pipeline, ...args: string[]): Promise<Row[]> =>
  rowsIn((await dead(pipeline, 'list', '--json', ...args)).stdout);

/** As the daemons would have parked them. */
async function parkMany(client: TestClient, count: number): Promise<void> {
  const channel = await client.connection.createConfirmChannel();
  for (let number = 0; number < count; number++) {
    const headers = {
      'tq-type': 'actor',
      'tq-reason': 'failed',
      'tq-error': `no ${number}`,
      'tq-run': `run-${number}`,
    };
    const when = new Date(Date.UTC(2026, 0, 1) + number).toISOString();
    const properties = { persistent: true, messageId: String(number), headers: { ...headers, 'tq-when': when } };
    channel.sendToQueue('taskqueue.dead', Buffer.from('{"do": "return"}'), properties);
  }
  await channel.waitForConfirms();
  await channel.close();
}

test('what is parked for whatever reason is listed, shown, sent again and deleted', async () => {
  const { pipeline, client, send } = await openScene('max_attempts = 2\nretry_delay = 250ms\nretry_max_delay = 250ms');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const results = await client.collect('results');
  await send('thrown 1', { do: 'throw', saying: 'cannot read /srv/1.png' }, TRACE);
  await send('thrown 2', { do: 'throw', saying: 'cannot read /tmp/2.png' }, TRACE);
  await send('rejected', { do: 'reject', saying: 'no such customer' }, TRACE);
  await client.publish('taskqueue', 'neither JSON', { messageId: 'unreadable', contentType: 'application/json' });
  await until(async () => (await client.depth('taskqueue.dead')) === 4, 'four are parked', 20_000);
  await results.take(2);

  const rows = await listed(pipeline);
  const reasons = Object.fromEntries(rows.map(({ id, reason }) => [id, reason]));
  expect(reasons).toEqual({
    'thrown 1': 'failed',
    'thrown 2': 'failed',
    rejected: 'rejected',
    unreadable: 'unreadable',
  });
  const groups = rowsIn((await dead(pipeline, 'list', '--group', '--json')).stdout);
  expect(groups[0]).toMatchObject({ count: 2, type: 'actor', errorName: 'TypeError' });

  const shown = await dead(pipeline, 'show', 'thrown 1');
  expect(shown.stdout).toMatch(/^error +cannot read \/srv\/1\.png$/m);
  expect(shown.stdout).toMatch(/^ +TypeError: cannot read/m);
  expect((await dead(pipeline, 'show', 'unreadable', '--body')).stdout).toBe('neither JSON');

  const sent = await dead(pipeline, 'requeue', '--json', '--fingerprint', String(groups[0]?.fingerprint));
  expect([sent.exitCode, sent.stderr]).toEqual([0, '']);
  expect(rowsIn(sent.stdout)).toMatchObject([
    { done: 'requeued', queue: 'worker_actor' },
    { done: 'requeued', queue: 'worker_actor' },
  ]);
  const failedAgain = await results.take(2); // each has two attempts again
  expect(failedAgain.map(({ properties }) => properties.headers)).toMatchObject([
    { 'tq-attempt': 2, ...TRACE },
    { 'tq-attempt': 2, ...TRACE },
  ]);
  await until(async () => (await client.depth('taskqueue.dead')) === 4, 'they are parked again', 20_000);
  const runsBefore = new Map(rows.map(({ id, run }) => [id, run]));
  const before = (await listed(pipeline, '--reason', 'failed')).map(({ id, run }) => run !== runsBefore.get(id));
  expect(before).toEqual([true, true]);

  const refused = await dead(pipeline, 'delete', '--type', 'actor');
  expect([refused.exitCode, await client.depth('taskqueue.dead')]).toEqual([64, 4]);
  const deleted = await dead(pipeline, 'delete', '--type', 'actor', '--yes');
  expect([deleted.exitCode, deleted.stdout]).toEqual([0, '3 deleted\n']);
  expect(deleted.stderr).toMatch(/^COUNT +TYPE +REASON\n +2 +actor +failed\n +1 +actor +rejected\n$/);
  expect((await listed(pipeline)).map(({ id }) => id)).toEqual(['unreadable']);
});

const TRACE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

test('a parked result is sent again, once there is a queue for it', async () => {
  const { pipeline, client } = await openScene();
  await pipeline.dispatcher();
  const headers = { 'tq-kind': 'result', 'tq-reason': 'undeliverable-result', 'tq-queue': 'theirs', 'tq-id': 'w' };
  await client.publish('taskqueue.dead', '{"a": 1}', {
    correlationId: 'w',
    headers: { ...headers, 'tq-status': 'finished' },
  });
  const early = await dead(pipeline, 'requeue', 'w');
  expect([early.exitCode, early.stderr]).toEqual([69, 'taskqueue: 1 stays parked: there is no queue theirs\n']);
  await client.declare('theirs');
  expect((await dead(pipeline, 'requeue', 'w')).stdout).toBe('requeued: 1 to theirs\n');
  const [result] = await (await client.collect('theirs')).take(1);
  expect(result?.properties).toMatchObject({ correlationId: 'w', headers: { 'tq-id': 'w', 'tq-status': 'finished' } });
  expect(await client.depth('taskqueue.dead')).toBe(0);
});

test('thousands are listed by several people at once: each sees all of them, and all stay where they are', async () => {
  const { pipeline, client } = await openScene();
  await pipeline.dispatcher();
  await parkMany(client, 3_000);
  const lists = await Promise.all([1, 2, 3].map(() => listed(pipeline, '--limit', '5000')));
  for (const rows of lists) expect(rows.map(({ id }) => Number(id))).toEqual([...Array(3_000).keys()]);
  expect(await client.depth('taskqueue.dead')).toBe(3_000);
});

test('a requeue that is killed half-way leaves duplicates at most: nothing is lost', async () => {
  const { pipeline, client } = await openScene();
  await pipeline.dispatcher();
  await parkMany(client, 2_000);
  const args = [MAIN, 'dead', 'requeue', '-c', pipeline.configFile, '--all', '--json'];
  const child = spawnGuarded(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout?.once('data', () => child.kill('SIGKILL'));
  child.stdout?.resume();
  await ended;
  const collect = async (queue: string): Promise<string[]> => {
    const depth = await client.depth(queue);
    const collection = await client.collect(queue);
    return (await collection.take(depth)).map(({ properties }) => String(properties.messageId));
  };
  await until(async () => (await client.consumers('taskqueue.dead')) === 0, 'the killed one is gone', 10_000);
  const [sent, kept] = [await collect('worker_actor'), await collect('taskqueue.dead')];
  expect(sent.length).toBeGreaterThan(0);
  expect(kept.length).toBeGreaterThan(0);
  expect(new Set([...sent, ...kept]).size).toBe(2_000);
});

test.each([
  ['a port where nobody listens', 'port = 1'],
  ['a wrong password', 'passwd = wrong'],
])('%s: exit code 69, and one line that says why', async (_, line) => {
  const { pipeline } = await openScene('', ['actor'], [line]);
  const { exitCode, stdout, stderr } = await dead(pipeline, 'list', '--timeout', '2s');
  expect([exitCode, stdout]).toEqual([69, '']);
  expect(stderr).toMatch(/^taskqueue: [^\n]+\n$/);
});
