// Workitems for a type that nobody has: they wait, and move on once its plugin is there – or are parked in the end.
import { expect, it } from 'vitest';
import { openCorrespondent } from '../support/correspondent.ts';
import { openScene, readyPids } from '../support/pipeline.ts';

/** The dispatcher looks every 30 s. */
const SWEPT_WITHIN_MS = 45_000;

it('a workitem for a missing type waits, and is worked on after its plugin was dropped in', async () => {
  const { pipeline, client } = await openScene();
  const [dispatcher, pool] = [await pipeline.dispatcher(), await pipeline.pool(1)];
  const results = await client.collect('results');
  const headers = { 'x-own': 'kept' };
  await client.publish('taskqueue', '{"worker_type":"late"}', { messageId: 'early', headers });
  expect(await dispatcher.waitForLine(/queue=worker_late/)).toMatch(/WARN .*taskqueue\.unroutable/);
  await client.publish('taskqueue', '{"worker_type":"actor"}', { messageId: 'other' });
  expect((await results.take(1))[0]?.properties.correlationId).toBe('other');
  expect(await client.depth('taskqueue.unroutable')).toBe(1);

  pipeline.installActor('late');
  const seen = pool.lines.length;
  pool.kill('SIGHUP');
  await readyPids(pool, 1, seen);
  const [result] = await results.take(1, SWEPT_WITHIN_MS);
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'early', 'tq-type': 'late', 'tq-status': 'finished' });
  await dispatcher.waitForLine(/INFO .*moved on queue=worker_late/);
  expect(await client.depth('taskqueue.unroutable')).toBe(0);
});

it('after unroutable_ttl it is parked, byte for byte, with the reason', async () => {
  const { pipeline, client } = await openScene('unroutable_ttl = 1s');
  await pipeline.dispatcher();
  const body = ' {"worker_type": "nobody"}';
  await client.publish('taskqueue', body, { messageId: 'lost', headers: { 'x-own': 'kept' } });
  const dead = await client.collect('taskqueue.dead');
  const [parked] = await dead.take(1, SWEPT_WITHIN_MS);
  expect(parked?.content.toString()).toBe(body);
  expect(parked?.properties).toMatchObject({ messageId: 'lost' });
  expect(parked?.properties.headers).toMatchObject({
    'x-own': 'kept',
    'tq-reason': 'unroutable',
    'tq-error': expect.stringContaining('worker_nobody'),
    'tq-queue': 'worker_nobody',
  });
});

it('one that is cancelled meanwhile ends there: its sender is told when the next sweep comes by', async () => {
  const { pipeline, client, broker } = await openScene();
  const dispatcher = await pipeline.dispatcher();
  const operator = await openCorrespondent(broker);
  await client.declare('mine');
  const mine = await client.collect('mine');
  await client.publish('taskqueue', 'body', { messageId: 'm', replyTo: 'mine', headers: { 'tq-type': 'nobody' } });
  await dispatcher.waitForLine(/worker_nobody/);
  await operator.order({ kind: 'cancel', id: 'm', reason: '' }, { forMs: 0 });
  const [result] = await mine.take(1, SWEPT_WITHIN_MS);
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'm', 'tq-status': 'cancelled' });
  expect(await client.depth('taskqueue.unroutable')).toBe(0);
});
