// A workitem that its plugin has reported, and that is cut off before the pool hears that its handler has ended. Worker
// processes and broker are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerOptions } from '../../../src/config/config.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import { CONFIRMED, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { type FakeWorkerProcess, forgetProcesses, processOf, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let pool: Pool;
let process: FakeWorkerProcess;
let delivery: FakeDelivery;
const settle = (): Promise<void> => tools.clock.advance(0);
const statuses = (): unknown[] => tools.broker.publishedTo('results').map(({ headers }) => headers['tq-status']);
const keys = (): unknown[] => tools.broker.published.map(({ routingKey }) => routingKey);
const threw = { kind: 'threw', failure: { error: 'aborted', trace: '' }, contentType: 'application/json' } as const;
const AUDIT = { exchange: '', routingKey: 'audit' };

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
});

async function working(options: Partial<WorkerOptions> = {}, headers = {}): Promise<void> {
  pool = await readyPool(tools, [planFor('w', 1, { killTimeoutMs: 1_000, ...options })]);
  delivery = tools.broker.deliver('worker_w', workitem('{}', { headers }));
  process = processOf('w#1');
}

async function says(status: 'finished' | 'failed', target: typeof AUDIT | null = null): Promise<void> {
  const [job = 0] = process.jobs;
  process.says({ kind: 'publish', job, call: 1, target, status, properties: {}, headers: {} });
  await settle();
}

async function dies(): Promise<void> {
  process.dies();
  await settle();
}

type Status = 'finished' | 'failed';
const eachStatus = describe.each<Status>(['finished', 'failed']);

eachStatus('what has been reported as %s has that outcome, and no second result', (status) => {
  it.each([
    ['its process dies', 0],
    ['its process dies for the last time', 2],
  ])('where %s', async (_, crashes) => {
    await working({}, { 'tq-crashes': crashes });
    await says(status);
    await dies();
    expect([statuses(), delivery.end, tools.broker.published.length]).toEqual([[status], 'acked', 1]);
    expect(tools.seen.map(({ kind }) => kind)).toContain(status);
  });

  it.each([1, 2])('where it takes too long, with %d attempts', async (maxAttempts) => {
    await working({ taskTimeoutMs: 1_000, maxAttempts });
    await says(status);
    await tools.clock.advance(2_000);
    await dies();
    const isParked = status === 'failed' && maxAttempts > 1;
    expect([keys(), delivery.end]).toEqual([isParked ? ['results', 'taskqueue.dead'] : ['results'], 'acked']);
  });

  it('where its process is ended for the sake of another workitem', async () => {
    await working({ concurrency: 2 });
    tools.broker.deliver('worker_w', workitem('{}', { properties: { messageId: 'b' }, headers: { 'tq-run': 'b' } }));
    await says(status);
    tools.orders.cancel('b');
    await tools.clock.advance(1_000);
    await dies();
    expect([statuses(), keys().length, delivery.end]).toEqual([[status, 'cancelled'], 2, 'acked']);
  });

  it('where the pool ends', async () => {
    await working();
    await says(status);
    void pool.stop();
    pool.kill();
    await dies();
    expect([statuses(), delivery.end]).toEqual([[status], 'acked']);
  });

  it('where results are published nowhere', async () => {
    await working({ resultsRoutingKey: '' });
    await says(status);
    await dies();
    expect([tools.broker.published, delivery.end]).toEqual([[], 'acked']);
    expect(tools.seen.map(({ kind }) => kind)).toContain(status);
  });
});

it('what has been reported as failed is not reported so again where the plugin throws after that', async () => {
  await working();
  await says('failed');
  process.concludes(threw);
  await settle();
  expect([statuses(), delivery.end]).toEqual([['failed'], 'acked']);
});

it('what had several attempts, and has been reported as failed, is parked as any other that has failed', async () => {
  await working({ maxAttempts: 2 }, { 'tq-attempt': 2 });
  await says('failed');
  await dies();
  const [parked] = tools.broker.publishedTo('taskqueue.dead');
  expect([statuses(), parked?.headers]).toEqual([
    ['failed'],
    expect.objectContaining({ 'tq-reason': 'failed', 'tq-reported': true }),
  ]);
});

describe('what only somebody else was told of is not over', () => {
  it.each([
    ['its handler throws', () => process.concludes(threw)],
    ['its process has to be ended', () => tools.clock.advance(1_000).then(dies)],
  ])('it is cancelled, and whoever waits for it hears so, where %s', async (_, end) => {
    await working();
    await says('finished', AUDIT);
    tools.orders.cancel('m');
    await end();
    await settle();
    expect([statuses(), delivery.end]).toEqual([['cancelled'], 'acked']);
    expect(tools.seen.map(({ kind }) => kind)).toContain('cancelled');
  });

  it('it runs again where its process dies', async () => {
    await working();
    await says('finished', AUDIT);
    await dies();
    expect([statuses(), delivery.end, tools.broker.published.length]).toEqual([[], 'acked', 2]);
  });
});

describe('a queue that confirms nothing', () => {
  const dead = ({ routingKey }: { routingKey: string }) =>
    routingKey === 'audit' ? new Promise<never>(() => undefined) : CONFIRMED;

  it('holds up the outcome of a workitem whose plugin publishes there for ten seconds', async () => {
    await working();
    await tools.broker.start();
    tools.broker.answer = dead;
    await says('finished', AUDIT);
    await dies();
    await tools.clock.advance(9_999);
    expect(delivery.end).toBeNull();
    await tools.clock.advance(1);
    expect([delivery.end, [...pool.ending]]).toEqual(['acked', []]);
  });

  it('is not to blame while the broker takes no messages at all', async () => {
    await working();
    tools.broker.become('blocked');
    tools.broker.answer = dead;
    await says('finished', AUDIT);
    await dies();
    await tools.clock.advance(60_000);
    expect(delivery.end).toBeNull();
    tools.broker.become('connected');
    await tools.clock.advance(10_000);
    expect(delivery.end).toBe('acked');
  });
});
