// Worker types that are paused: over RabbitMQ, with daemons and worker processes of their own.
import { expect, it } from 'vitest';
import { openCorrespondent } from '../support/correspondent.ts';
import { openScene } from '../support/pipeline.ts';
import { until } from '../support/until.ts';

const BACKLOG = Array.from({ length: 20 }, (_, n) => `m${n}`);
const ordered = { forMs: 0 };

it('a backlog stays in its queue, through a restart of the pool as well, and is worked on once it is resumed', async () => {
  const { pipeline, client, broker } = await openScene('concurrency = 3', ['paused', 'other']);
  await pipeline.dispatcher();
  const first = await pipeline.pool(2);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');
  const send = (type: string, messageId: string, orders: object = {}): Promise<void> =>
    client.publish('taskqueue', JSON.stringify({ worker_type: type, ...orders }), { messageId });
  const idle = { waiting: BACKLOG.length, consumers: 0 };
  const queue = async (): Promise<object> => ({
    waiting: await client.depth('worker_paused'),
    consumers: await client.consumers('worker_paused'),
  });

  await send('paused', 'running', { do: 'wait', for: 'go' });
  await pipeline.startsWhen(1);
  await operator.order({ kind: 'pause', type: 'paused', untilMs: null, reason: 'maintenance' }, ordered);
  await until(async () => (await client.consumers('worker_paused')) === 0, 'its queue has no consumers');
  for (const id of BACKLOG) await send('paused', id);
  await send('other', 'before');
  expect((await results.take(1))[0]?.properties.correlationId).toBe('before');
  pipeline.open('go');
  expect((await results.take(1))[0]?.properties.correlationId).toBe('running');
  await until(async () => (await client.depth('worker_paused')) === BACKLOG.length, 'the dispatcher goes on');

  await first.stop();
  const second = await pipeline.pool(2);
  await second.waitForLine(/is paused type=paused .*by=guest/);
  await send('other', 'after');
  expect((await results.take(1))[0]?.properties.correlationId).toBe('after');
  expect(await queue()).toEqual(idle);
  expect(pipeline.starts().filter(({ instance }) => instance.startsWith('paused'))).toHaveLength(1);

  await operator.order({ kind: 'resume', type: 'paused', reason: 'done' }, ordered);
  const all = await results.take(BACKLOG.length);
  expect(all.map(({ properties }) => properties.correlationId).toSorted()).toEqual(BACKLOG.toSorted());
  expect(pipeline.starts()).toHaveLength(BACKLOG.length + 3);
});

it('a pause with an end is over by itself then', async () => {
  const { pipeline, client, broker } = await openScene();
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');
  const untilMs = Date.now() + 1_500;
  const obeyed = { forMs: 20_000, enough: (all: readonly unknown[]) => all.length === 2 };
  expect(await operator.order({ kind: 'pause', type: 'actor', untilMs, reason: '' }, obeyed)).toHaveLength(2);
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }), { messageId: 'm' });
  const [result] = await results.take(1);
  expect(result?.properties.headers?.['tq-started']).toBeGreaterThanOrEqual(untilMs);
});
