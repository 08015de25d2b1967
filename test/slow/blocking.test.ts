// A handler that keeps its whole process busy for far longer than the broker waits for a heartbeat.
import { expect, it } from 'vitest';
import { openScene } from '../support/pipeline.ts';

const HEARTBEAT_SECONDS = 5;
const BLOCKED_MS = 40_000;

it('is worked on once, and gives one result, while the connection stays', async () => {
  const { pipeline, client } = await openScene('', ['actor'], [`heartbeat = ${HEARTBEAT_SECONDS}`]);
  await pipeline.dispatcher();
  const pool = await pipeline.pool(1);
  const results = await client.collect('results');
  const orders = { worker_type: 'actor', do: 'block', ms: BLOCKED_MS };
  await client.publish('taskqueue', JSON.stringify(orders), { messageId: 'blocking' });
  await client.publish('taskqueue', '{"worker_type":"actor"}', { messageId: 'next' });
  const ids = (await results.take(2, 2 * BLOCKED_MS)).map(({ properties }) => properties.correlationId);
  expect(ids).toEqual(['blocking', 'next']);
  expect(pipeline.starts().map(({ id }) => id)).toEqual(['blocking', 'next']);
  expect(pool.lines.filter((line) => /connected/.test(line))).toHaveLength(1);
  expect(pool.lines.filter((line) => /WARN|ERROR/.test(line) && !/not root/.test(line))).toEqual([]);
  expect(await client.depth('worker_actor')).toBe(0);
});
