// Processes that die: a worker's own end, and that of its pool manager.
import { expect, it } from 'vitest';
import { openScene, readyPids } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { until } from '../support/until.ts';

const QUICK = 'retry_delay = 250ms';

it('a worker that is killed takes nobody along: another is ready, and its workitem is worked on again', async () => {
  const { pipeline, client } = await openScene(`${QUICK}\n[actor]\ninstances = 3`);
  await pipeline.dispatcher();
  const pool = await pipeline.pool(3);
  const before = await readyPids(pool, 3);
  const results = await client.collect('results');
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor', do: 'wait', for: 'gate' }), {
    messageId: 'victim',
  });
  const [first] = await pipeline.startsWhen(1);
  const seen = pool.lines.length;
  process.kill(first?.pid as number, 'SIGKILL');
  const [[name, pid] = []] = await readyPids(pool, 1, seen);
  expect(name).toBe(first?.instance);
  expect(pid).not.toBe(first?.pid);

  const [, again] = await pipeline.startsWhen(2);
  expect(again).toMatchObject({ id: 'victim', attempt: 1 });
  for (const [instance, old] of before) if (instance !== first?.instance) expect(isRunning(old), instance).toBe(true);
  pipeline.open('gate');
  const [result] = await results.take(1);
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'victim', 'tq-status': 'finished' });
  expect(pipeline.starts()).toHaveLength(2);
  expect(pool.lines.filter((line) => / ready /.test(line))).toHaveLength(4);
  const [death] = pool.lines.filter((line) => /the worker process/.test(line));
  expect(death).toMatch(/WARN .*SIGKILL.* type=actor instance=actor#\d/);
});

it('what kills max_crashes workers is reported and parked, with its story in plain headers', async () => {
  const { pipeline, client } = await openScene(`${QUICK}\nmax_crashes = 2`);
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const [results, dead] = [await client.collect('results'), await client.collect('taskqueue.dead')];
  const body = JSON.stringify({ worker_type: 'actor', do: 'die' });
  await client.publish('taskqueue', body, { messageId: 'deadly', headers: { 'x-own': 'kept' } });

  const [result] = await results.take(1);
  expect(JSON.parse(result?.content.toString() ?? '')).toMatchObject({
    do: 'die',
    error: expect.stringContaining('SIGKILL'),
    trace: expect.stringContaining('last words of deadly'),
  });
  expect(result?.properties.headers).toMatchObject({ 'tq-id': 'deadly', 'tq-status': 'failed' });
  const [parked] = await dead.take(1);
  expect(parked?.content.toString()).toBe(body);
  expect(parked?.properties).toMatchObject({ messageId: 'deadly', contentType: undefined });
  expect(parked?.properties.headers).toMatchObject({
    'x-own': 'kept',
    'tq-reason': 'crashed',
    'tq-error': expect.stringContaining('SIGKILL'),
    'tq-trace': expect.stringContaining('last words of deadly'),
    'tq-when': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    'tq-where': expect.stringContaining('workerpool'),
    'tq-queue': 'worker_actor',
    'tq-reported': true,
    'tq-run': result?.properties.headers?.['tq-run'],
  });
  expect(pipeline.starts()).toHaveLength(2);

  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }), { messageId: 'next' });
  expect((await results.take(1))[0]?.properties.correlationId).toBe('next');
});

it('a worker in an endless loop ends with its pool manager that is killed, and another pool manager goes on', async () => {
  const { pipeline, client } = await openScene();
  await client.declare('worker_actor');
  const pool = await pipeline.pool(1);
  await client.publish('worker_actor', JSON.stringify({ do: 'loop' }), { messageId: 'looping' });
  const [start] = await pipeline.startsWhen(1);
  pool.kill('SIGKILL');
  await until(() => !isRunning(start?.pid as number), 'the worker process ends');

  const next = await pipeline.pool(1);
  const [, again] = await pipeline.startsWhen(2);
  expect(again).toMatchObject({ id: 'looping', attempt: 1 });
  next.kill('SIGKILL');
  await until(() => !isRunning(again?.pid as number), 'the worker process ends');
});
