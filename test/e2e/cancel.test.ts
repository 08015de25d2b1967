// Workitems that are cancelled, wherever they are: over RabbitMQ, with daemons and worker processes of their own.
import type { ConsumeMessage } from 'amqplib';
import { expect, it } from 'vitest';
import type { Correspondent } from '../../src/control/correspondent.ts';
import { openCorrespondent } from '../support/correspondent.ts';
import { openScene } from '../support/pipeline.ts';

/** Resolves when the broker has the order, and so many daemons have obeyed it: what they say that they did. */
async function cancel(operator: Correspondent, id: string, reason = '', daemons = 2): Promise<readonly string[]> {
  const patience = { forMs: daemons === 0 ? 0 : 20_000, enough: (all: readonly unknown[]) => all.length >= daemons };
  return (await operator.order({ kind: 'cancel', id, reason }, patience)).map(({ done }) => done);
}

const told = ({ content, properties: { headers } }: ConsumeMessage): unknown => ({
  id: headers?.['tq-id'],
  status: headers?.['tq-status'],
  error: JSON.parse(content.toString()).error,
});

it('queued, delayed, waiting for its next attempt: it is not begun, and its sender is told by whom and why', async () => {
  const { pipeline, client, broker, send } = await openScene('max_attempts = 2\nretry_delay = 2s');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');

  await send('retried', { do: 'throw', saying: 'no luck' });
  await pipeline.startsWhen(1);
  await send('running', { do: 'wait', for: 'go' });
  await pipeline.startsWhen(2);
  await send('queued', {});
  await send('delayed', {}, { 'tq-due': Date.now() + 2_000 });
  for (const id of ['queued', 'delayed', 'retried']) await cancel(operator, id, 'a mistake');
  pipeline.open('go');

  const all = (await results.take(4)).map(told);
  const error = `cancelled by ${broker.user}: a mistake`;
  expect(all).toContainEqual({ id: 'running', status: 'finished', error: undefined });
  for (const id of ['queued', 'delayed', 'retried']) expect(all).toContainEqual({ id, status: 'cancelled', error });
  expect(pipeline.starts().map(({ id }) => id)).toEqual(['retried', 'running']);
  expect(await client.depth('taskqueue.dead')).toBe(0);
});

it('running: its handler is asked to end; one that heeds that keeps its process, one that does not loses it', async () => {
  const { pipeline, client, broker, send } = await openScene('kill_timeout = 250ms\nmax_attempts = 3');
  await pipeline.dispatcher();
  const pool = await pipeline.pool(1);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');

  await send('attentive', { do: 'wait-for-signal' });
  const [attentive] = await pipeline.startsWhen(1);
  expect(await cancel(operator, 'attentive')).toContain('actor#1 works on it, and is told to stop');
  const error = `cancelled by ${broker.user}`;
  expect((await results.take(1)).map(told)).toEqual([{ id: 'attentive', status: 'cancelled', error }]);

  await send('deaf', { do: 'loop' });
  const [, deaf] = await pipeline.startsWhen(2);
  expect(deaf?.pid).toBe(attentive?.pid);
  const seen = pool.lines.length;
  await cancel(operator, 'deaf');
  expect((await results.take(1)).map(told)).toEqual([{ id: 'deaf', status: 'cancelled', error }]);
  await pool.waitForLine(/the worker process was ended: a workitem was cancelled/, { from: seen });

  await send('next', {});
  expect((await results.take(1)).map(told)).toMatchObject([{ id: 'next', status: 'finished' }]);
  expect(pipeline.starts().map(({ id }) => id)).toEqual(['attentive', 'deaf', 'next']);
});

it('running beside others, and deaf: they begin again in a new process, and it counts against none of them', async () => {
  const { pipeline, client, broker, send } = await openScene('kill_timeout = 250ms\nconcurrency = 2');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');

  await send('neighbour', { do: 'wait', for: 'go' });
  await pipeline.startsWhen(1);
  await send('deaf', { do: 'loop' });
  await pipeline.startsWhen(2);
  await cancel(operator, 'deaf');
  expect((await results.take(1)).map(told)).toMatchObject([{ id: 'deaf', status: 'cancelled' }]);
  const starts = await pipeline.startsWhen(3);
  expect(starts.map(({ id, attempt }) => [id, attempt])).toEqual([
    ['neighbour', 1],
    ['deaf', 1],
    ['neighbour', 1],
  ]);
  expect(starts[2]?.pid).not.toBe(starts[0]?.pid);
  pipeline.open('go');
  expect((await results.take(1)).map(told)).toMatchObject([{ id: 'neighbour', status: 'finished' }]);
});

it('while its pool is there, which is restarted before its turn: the one that starts later knows', async () => {
  const { pipeline, client, broker, send } = await openScene('stop_timeout = 500ms');
  const dispatcher = await pipeline.dispatcher();
  const pool = await pipeline.pool(1);
  const operator = await openCorrespondent(broker);
  const results = await client.collect('results');

  await send('running', { do: 'wait', for: 'go' });
  await pipeline.startsWhen(1);
  await send('queued', {});
  await cancel(operator, 'queued', 'no longer wanted');
  await pool.stop();
  await dispatcher.stop();
  await send('waiting', {});
  await cancel(operator, 'waiting', '', 0);
  pipeline.open('go');
  await pipeline.pool(1);
  await pipeline.dispatcher();

  const all = (await results.take(3)).map(told);
  expect(all).toContainEqual({ id: 'running', status: 'finished', error: undefined });
  expect(all).toContainEqual(expect.objectContaining({ id: 'queued', status: 'cancelled' }));
  expect(all).toContainEqual(expect.objectContaining({ id: 'waiting', status: 'cancelled' }));
  expect(pipeline.starts().map(({ id }) => id)).toEqual(['running', 'running']);
});
