// max_tasks and max_memory: processes are replaced, and nobody notices.
import { expect, it } from 'vitest';
import { openScene } from '../support/pipeline.ts';

it('processes are replaced after max_tasks, and every workitem runs once', async () => {
  const { pipeline, client } = await openScene('[actor]\ninstances = 2\nmax_tasks = 10');
  await pipeline.dispatcher();
  const pool = await pipeline.pool(2);
  const results = await client.collect('results');
  const ids = Array.from({ length: 400 }, (_, n) => `w${n}`);
  for (const messageId of ids) await client.publish('worker_actor', '{}', { messageId });
  const ended = (await results.take(ids.length)).map(({ properties }) => properties.correlationId);
  expect(ended.toSorted()).toEqual(ids.toSorted());
  const starts = pipeline.starts();
  expect(starts).toHaveLength(ids.length);
  expect(new Set(starts.map(({ pid }) => pid)).size).toBeGreaterThan(2);
  expect(pool.lines.filter((line) => /WARN|ERROR/.test(line) && !/not root/.test(line))).toEqual([]);
});

it('a process that has grown beyond max_memory is replaced, between workitems', async () => {
  const { pipeline, client } = await openScene('[actor]\nmax_memory = 150M');
  await pipeline.dispatcher();
  const pool = await pipeline.pool(1);
  const results = await client.collect('results');
  await client.publish('worker_actor', JSON.stringify({ do: 'eat', megabytes: 200 }), { messageId: 'hungry' });
  expect((await results.take(1))[0]?.properties.correlationId).toBe('hungry');
  await pool.waitForLine(/memory, max_memory = 150M/);
  await pool.waitForLine(/stopped type=actor/);
  await client.publish('worker_actor', '{}', { messageId: 'next' });
  expect((await results.take(1))[0]?.properties.correlationId).toBe('next');
  const [first, second] = pipeline.starts();
  expect(second?.pid).not.toBe(first?.pid);
});
