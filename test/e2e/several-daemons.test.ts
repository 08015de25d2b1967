// More than one of each, as on several hosts; and one that dies with messages in its hands.
import { expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { openScene } from '../support/pipeline.ts';
import { until } from '../support/until.ts';

const COUNT = 300;

it('two dispatchers and two pool managers share the work, and each workitem is worked on once', async () => {
  const { pipeline, client } = await openScene('concurrency = 5');
  const dispatchers = [await pipeline.dispatcher(1), await pipeline.dispatcher(2)];
  const pools = [await pipeline.pool(1), await pipeline.pool(1)];
  await until(async () => (await client.consumers('worker_actor')) >= 2, 'both pool managers consume');
  const results = await client.collect('results');
  const ids = Array.from({ length: COUNT }, (_, n) => String(n));
  await Promise.all(ids.map((messageId) => client.publish('taskqueue', '{"worker_type":"actor"}', { messageId })));
  const got = await results.take(COUNT);
  expect(new Set(got.map(({ properties }) => properties.correlationId))).toEqual(new Set(ids));
  expect(pipeline.starts()).toHaveLength(COUNT);

  for (const daemon of [...dispatchers, ...pools]) expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  const counts = [...dispatchers, ...pools].map((daemon) =>
    Number(/(?:forwarded|settled)=(\d+)/.exec(daemon.log())?.[1]),
  );
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(COUNT);
  expect((counts[2] ?? 0) + (counts[3] ?? 0)).toBe(COUNT);
  for (const count of counts) expect(count).toBeGreaterThan(0);
});

it('a dispatcher that is killed with messages in flight loses none: the next one takes over', async () => {
  const { pipeline, client } = await openScene('concurrency = 20');
  await pipeline.pool(1);
  const results = await client.collect('results');
  const ids = Array.from({ length: 3 * COUNT }, (_, n) => String(n));
  await Promise.all(ids.map((messageId) => client.publish('taskqueue', '{"worker_type":"actor"}', { messageId })));
  const doomed: Daemon = startDaemon('dispatcher', pipeline.configFile);
  const seen = new Set<string>();
  for (let isKilled = false; seen.size < ids.length; ) {
    const [result] = await results.take(1);
    seen.add(result?.properties.correlationId);
    if (isKilled) continue;
    doomed.kill('SIGKILL'); // at the first result: it is in the middle of its work
    isKilled = true;
    await pipeline.dispatcher();
  }
  expect(seen).toEqual(new Set(ids));
  expect(await client.depth('taskqueue.dead')).toBe(0);
});
