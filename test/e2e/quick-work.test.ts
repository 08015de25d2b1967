// Many quick workitems, which processes get ahead of time – and what that must not cost anybody.
import type { ConsumeMessage } from 'amqplib';
import { expect, it } from 'vitest';
import type { TestClient } from '../support/amqp-client.ts';
import { openScene } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { until } from '../support/until.ts';

const QUICK = '{"worker_type":"actor"}';
const COUNT = 400;

it.each([
  ['takes long', 'wait'],
  ['blocks its process', 'block-until'],
])('one that %s keeps none waiting that came after it, as long as another process is free', async (_, what) => {
  const { pipeline, client } = await openScene('[actor]\ninstances = 2');
  await pipeline.pool(2);
  const results = await client.collect('results');
  const before = await send(client, 'before', COUNT);
  await results.take(before.length); // now processes are given workitems ahead
  const gate = JSON.stringify({ do: what, for: 'gate' });
  await client.publish('worker_actor', gate, { messageId: 'long' });
  const after = await send(client, 'after', COUNT);
  expect(idsOf(await results.take(after.length))).toEqual(new Set(after));
  pipeline.open('gate');
  expect(idsOf(await results.take(1))).toEqual(new Set(['long']));
  expect(pipeline.starts()).toHaveLength(2 * COUNT + 1);
});

it('a worker that is killed among many costs one repetition for what it was working on, and nothing else', async () => {
  const { pipeline, client } = await openScene('retry_delay = 250ms\nmax_crashes = 5');
  const pool = await pipeline.pool(1);
  const results = await client.collect('results');
  const first = await send(client, 'first', COUNT / 2);
  await client.publish('worker_actor', '{"do":"die"}', { messageId: 'deadly' });
  const second = await send(client, 'second', COUNT / 2);
  expect(idsOf(await results.take(COUNT + 1))).toEqual(new Set([...first, ...second, 'deadly']));
  const starts = pipeline.starts();
  expect(starts.filter(({ id }) => id === 'deadly')).toHaveLength(5);
  expect(starts.filter(({ id }) => id !== 'deadly')).toHaveLength(COUNT);
  expect(pool.lines.filter((line) => /killed by SIGKILL.*starting another/.test(line)).length).toBeGreaterThan(0);
  await until(async () => (await client.depth('taskqueue.dead')) === 1, 'only the deadly one is parked');
});

it('a pool manager that is killed among many loses none, and leaves no process', async () => {
  const { pipeline, client } = await openScene('[actor]\ninstances = 2');
  const doomed = await pipeline.pool(2);
  const results = await client.collect('results');
  const ids = await send(client, 'n', COUNT);
  const seen = idsOf(await results.take(COUNT / 4));
  doomed.kill('SIGKILL');
  await doomed.exited;
  const pids = new Set(pipeline.starts().map(({ pid }) => pid));
  await until(() => [...pids].every((pid) => !isRunning(pid)), 'its worker processes end');
  await pipeline.pool(2);
  while (seen.size < ids.length) for (const id of idsOf(await results.take(1))) seen.add(id);
  expect(seen).toEqual(new Set(ids));
});

async function send(client: TestClient, prefix: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
  const channel = await client.connection.createConfirmChannel();
  for (const messageId of ids) channel.publish('', 'worker_actor', Buffer.from(QUICK), { persistent: true, messageId });
  await channel.waitForConfirms();
  await channel.close();
  return ids;
}

function idsOf(messages: readonly ConsumeMessage[]): Set<string> {
  return new Set(messages.map(({ properties }) => properties.correlationId));
}
