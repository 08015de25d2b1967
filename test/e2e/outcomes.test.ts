import { describe, expect, it } from 'vitest';
import { jsonOf } from '../support/amqp-client.ts';
import { openScene } from '../support/pipeline.ts';

describe('attempts', () => {
  it('a handler that throws gets max_attempts, then the workitem is reported as failed, and parked', async () => {
    const { pipeline, client } = await openScene('max_attempts = 3\nretry_delay = 250ms\nretry_max_delay = 250ms');
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const [results, dead] = [await client.collect('results'), await client.collect('taskqueue.dead')];
    const orders = { worker_type: 'actor', do: 'throw', saying: 'never works' };
    await client.publish('taskqueue', JSON.stringify(orders), { messageId: 'stubborn' });
    const [result] = await results.take(1);
    expect(jsonOf(result)).toMatchObject({ ...orders, error: 'never works' });
    expect(result?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-attempt': 3 });
    const [parked] = await dead.take(1);
    expect(jsonOf(parked)).toEqual(orders);
    expect(parked?.properties.headers).toMatchObject({ 'tq-reason': 'failed', 'tq-error': 'never works' });
    expect(pipeline.starts().map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('a sender may wish for fewer attempts than are configured', async () => {
    const { pipeline, client } = await openScene('max_attempts = 5');
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const results = await client.collect('results');
    const orders = { worker_type: 'actor', do: 'throw', saying: 'once' };
    await client.publish('taskqueue', JSON.stringify(orders), { headers: { 'tq-max-attempts': 1 } });
    expect((await results.take(1))[0]?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-attempt': 1 });
  });

  it('RetryLater waits in the broker for another attempt; Reject parks at once, without a result', async () => {
    const { pipeline, client } = await openScene('max_attempts = 3');
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const [results, dead] = [await client.collect('results'), await client.collect('taskqueue.dead')];
    await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor', do: 'later', ms: 1000 }), {
      messageId: 'later',
    });
    await client.publish(
      'taskqueue',
      JSON.stringify({ worker_type: 'actor', do: 'reject', saying: 'no such customer' }),
    );
    const [parked] = await dead.take(1);
    expect(parked?.properties.headers).toMatchObject({ 'tq-reason': 'rejected', 'tq-error': 'no such customer' });
    const [result] = await results.take(1);
    expect(result?.properties).toMatchObject({
      correlationId: 'later',
      headers: { 'tq-status': 'finished', 'tq-attempt': 2 },
    });
  });
});

describe('time', () => {
  it('tq-due: not before then', async () => {
    const { pipeline, client } = await openScene();
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const results = await client.collect('results');
    const due = Date.now() + 1500;
    await client.publish('taskqueue', 'actor through the dispatcher', {
      contentType: 'text/plain',
      headers: { 'tq-due': due },
    });
    await client.publish('worker_actor', 'past it', { contentType: 'text/plain', headers: { 'tq-due': due } });
    const late = await results.take(2);
    for (const { properties } of late) expect(properties.headers?.['tq-started']).toBeGreaterThanOrEqual(due);
    expect(late.map(({ content }) => content.toString()).sort()).toEqual(['actor through the dispatcher', 'past it']);
  });

  it('tq-expires: not after then, and its sender is told', async () => {
    const { pipeline, client } = await openScene();
    await pipeline.dispatcher();
    await pipeline.pool(1);
    const results = await client.collect('results');
    for (const queue of ['taskqueue', 'worker_actor']) {
      const headers = { 'tq-expires': Date.now() - 1 };
      await client.publish(queue, JSON.stringify({ worker_type: 'actor' }), { messageId: queue, headers });
    }
    const expired = await results.take(2);
    expect(expired.map(({ properties }) => properties.headers?.['tq-status'])).toEqual(['expired', 'expired']);
    expect(pipeline.starts()).toEqual([]);
  });

  it('task_timeout ends a handler that heeds no signal, and its process; one that heeds it keeps its process', async () => {
    const { pipeline, client } = await openScene('task_timeout = 250ms\nkill_timeout = 250ms', ['deaf', 'attentive']);
    await pipeline.dispatcher();
    const pool = await pipeline.pool(2);
    const results = await client.collect('results');
    await client.publish('taskqueue', JSON.stringify({ worker_type: 'deaf', do: 'loop' }));
    const [deaf] = await results.take(1);
    expect(deaf?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-type': 'deaf' });
    expect(jsonOf(deaf)).toMatchObject({ error: expect.stringContaining('250ms') });
    await pool.waitForLine(/ready type=deaf/, { from: (await lineNumber(pool.lines, /the worker process/)) + 1 });

    const seen = pool.lines.length;
    await client.publish('taskqueue', JSON.stringify({ worker_type: 'attentive', do: 'wait-for-signal' }));
    const [attentive] = await results.take(1);
    expect(attentive?.properties.headers).toMatchObject({ 'tq-status': 'failed', 'tq-type': 'attentive' });
    expect(pool.lines.slice(seen).filter((line) => /the worker process/.test(line))).toEqual([]);
  });
});

it('concurrency: so many handlers at once in one process, and not one more', async () => {
  const { pipeline, client } = await openScene('concurrency = 3');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const results = await client.collect('results');
  for (const n of [1, 2, 3, 4]) {
    const orders = { worker_type: 'actor', do: 'wait', for: `gate-${n}` };
    await client.publish('taskqueue', JSON.stringify(orders), { messageId: String(n) });
  }
  const begun = await pipeline.startsWhen(3);
  expect(begun.map(({ id }) => id).sort()).toEqual(['1', '2', '3']);
  expect(new Set(begun.map(({ pid }) => pid)).size).toBe(1);
  pipeline.open('gate-2');
  await results.take(1);
  expect((await pipeline.startsWhen(4))[3]?.id).toBe('4');
  for (const n of [1, 3, 4]) pipeline.open(`gate-${n}`);
  await results.take(3);
});

function lineNumber(lines: readonly string[], pattern: RegExp): number {
  return lines.findIndex((line) => pattern.test(line));
}
