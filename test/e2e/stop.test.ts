// How daemons end: what runs may finish, what waits goes back, and whoever is in a hurry signals twice.
import { expect, it } from 'vitest';
import { openScene } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';

const waiting = (gate: string): string => JSON.stringify({ do: 'wait', for: gate });

it('SIGTERM: what runs finishes and is reported, what came after it stays with the broker, exit code 0', async () => {
  const { pipeline, client } = await openScene('concurrency = 2');
  const [dispatcher, pool] = [await pipeline.dispatcher(), await pipeline.pool(1)];
  const results = await client.collect('results');
  for (const id of ['a', 'b', 'c']) await client.publish('worker_actor', waiting('gate'), { messageId: id });
  await pipeline.startsWhen(2);
  pool.kill('SIGTERM');
  await pool.waitForLine(/SIGTERM: stopping/);
  await client.publish('worker_actor', waiting('gate'), { messageId: 'd' });
  pipeline.open('gate');
  expect(await pool.exited).toEqual({ code: 0, signal: null });
  expect((await results.take(2)).map(({ properties }) => properties.correlationId).sort()).toEqual(['a', 'b']);
  expect(await client.depth('worker_actor')).toBe(2);
  expect(pipeline.starts()).toHaveLength(2);
  expect(await dispatcher.stop()).toEqual({ code: 0, signal: null });

  await pipeline.pool(1);
  expect((await results.take(2)).map(({ properties }) => properties.correlationId).sort()).toEqual(['c', 'd']);
});

it('a second SIGTERM: at once, with the exit code of the signal, and its workitem is worked on after a restart', async () => {
  const { pipeline, client } = await openScene();
  const pool = await pipeline.pool(1);
  const results = await client.collect('results');
  await client.publish('worker_actor', waiting('gate'), { messageId: 'long' });
  const [start] = await pipeline.startsWhen(1);
  pool.kill('SIGTERM');
  await pool.waitForLine(/SIGTERM: stopping/);
  pool.kill('SIGTERM');
  expect(await pool.exited).toEqual({ code: 128 + 15, signal: null });
  expect(isRunning(start?.pid as number)).toBe(false);

  pipeline.open('gate');
  await pipeline.pool(1);
  const [result] = await results.take(1);
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'long', 'tq-attempt': 1, 'tq-status': 'finished' });
});

it('stop_timeout passes: handlers hear it first, the deaf one is ended, and both workitems run elsewhere', async () => {
  const { pipeline, client } = await openScene('stop_timeout = 500ms\nkill_timeout = 500ms', ['deaf', 'attentive']);
  const pool = await pipeline.pool(2);
  const results = await client.collect('results');
  await client.publish('worker_deaf', waiting('gate'), { messageId: 'deaf' });
  await client.publish('worker_attentive', JSON.stringify({ do: 'wait-for-signal' }), { messageId: 'attentive' });
  await pipeline.startsWhen(2);
  expect(await pool.stop()).toEqual({ code: 0, signal: null });
  expect(pool.lines.filter((line) => /handed back .*workitem=(deaf|attentive) /.test(line))).toHaveLength(2);
  expect(await client.depth('worker_deaf')).toBe(1);
  expect(await client.depth('worker_attentive')).toBe(1);
  expect(await client.depth('taskqueue.dead')).toBe(0);

  pipeline.open('gate');
  await pipeline.pool(2);
  const [result] = await results.take(1);
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'deaf', 'tq-attempt': 1, 'tq-status': 'finished' });
  expect((await pipeline.startsWhen(4)).map(({ id }) => id).sort()).toEqual(['attentive', 'attentive', 'deaf', 'deaf']);
});
