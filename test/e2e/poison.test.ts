// What brings down processes and pool managers ends parked; what happens to be beside it does not.
import { expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { openScene } from '../support/pipeline.ts';
import { until } from '../support/until.ts';

const INNOCENT = JSON.stringify({ do: 'wait', for: 'gate' });

it('a guilty workitem in a process with others is found out alone, and the others finish uncharged', async () => {
  const { pipeline, client } = await openScene('retry_delay = 250ms\nmax_crashes = 2\n[actor]\nconcurrency = 4');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const [results, dead] = [await client.collect('results'), await client.collect('taskqueue.dead')];
  for (const id of ['a', 'b', 'c']) await client.publish('worker_actor', INNOCENT, { messageId: id });
  await pipeline.startsWhen(3);
  await client.publish('worker_actor', JSON.stringify({ do: 'die' }), { messageId: 'guilty' });
  await pipeline.startsWhen(4);
  pipeline.open('gate');
  const [parked] = await dead.take(1);
  expect(parked?.properties).toMatchObject({
    messageId: 'guilty',
    headers: { 'tq-reason': 'crashed', 'tq-crashes': 1, 'tq-suspect': 1 },
  });
  const all = await results.take(4);
  const ended = all.map(({ properties }) => `${properties.correlationId} ${properties.headers?.['tq-status']}`);
  expect(ended.toSorted()).toEqual(['a finished', 'b finished', 'c finished', 'guilty failed']);
  expect(pipeline.starts().filter(({ id }) => id === 'guilty')).toHaveLength(3);
});

it('a workitem that brings down its pool manager ends parked, and those in flight beside it do not', async () => {
  const { pipeline, client } = await openScene('instances = 3');
  await pipeline.dispatcher();
  const [results, dead] = [await client.collect('results'), await client.collect('taskqueue.dead')];
  const headers = { 'tq-redeliveries': 46 }; // as after many rounds: each takes a new pool manager
  const send = (messageId: string, orders: object): Promise<void> =>
    client.publish('worker_actor', JSON.stringify(orders), { messageId, headers });
  for (const id of ['a', 'b']) await send(id, {});
  await send('guilty', { do: 'kill-pool' });
  for (const id of ['c', 'd', 'e']) await send(id, {});

  let pools = 0;
  let isOver = false;
  const parked = dead.take(1, 100_000).finally(() => {
    isOver = true;
  });
  let pool: Daemon | undefined;
  while (!isOver) {
    const current = await pipeline.pool(3).catch(() => undefined);
    pools++;
    pool = current;
    if (current) await Promise.race([current.exited, until(() => isOver, 'it is parked', 60_000)]);
  }
  expect((await parked)[0]?.properties).toMatchObject({
    messageId: 'guilty',
    headers: { 'tq-reason': 'redelivered' },
  });
  expect(pools).toBeLessThanOrEqual(5);
  const ended = (await results.take(5)).map(({ properties }) => properties.correlationId);
  expect(ended.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await client.depth('taskqueue.dead')).toBe(0);
  await pool?.stop();
});
