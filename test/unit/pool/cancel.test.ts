// A cancelled workitem, wherever the pool has it just now. Worker processes and broker are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import type { FakeOrders } from '../../support/fake-orders.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { type More, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let orders: FakeOrders;
let pool: Pool;
const settle = (): Promise<void> => tools.clock.advance(0);

async function started(...plans: GroupPlan[]): Promise<void> {
  pool = await readyPool(tools, plans);
}

const deliver = (more: More = {}, isAgain = false, queue = 'worker_w'): FakeDelivery =>
  tools.broker.deliver(queue, workitem('{"a":1}', more), isAgain);
const named = (messageId: string): More => ({
  properties: { messageId },
  headers: { 'tq-run': `run of ${messageId}` },
});
/** The status of each result, in order. */
const results = (): unknown[] => tools.broker.publishedTo('results').map(({ headers }) => headers['tq-status']);
const aborts = (instance = 'w#1') => processOf(instance).sent.filter(({ kind }) => kind === 'abort');
const CANCEL = { kind: 'abort', job: 1, reason: 'cancel' };
const threw = { kind: 'threw', failure: { error: 'aborted', trace: '' }, contentType: 'application/json' } as const;

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  orders = tools.orders;
});

describe('one that arrives after it was cancelled', () => {
  it.each<[string, More, boolean]>([
    ['from its queue', {}, false],
    ['delivered again', {}, true],
    ['from a delay, with attempts behind it', { headers: { 'tq-attempt': 2, 'tq-crashes': 2 } }, false],
    ['that has expired, or is not due yet', { headers: { 'tq-expires': 1, 'tq-due': 2e6 } }, false],
    ['that kept coming back', { headers: { 'tq-redeliveries': 49 } }, true],
    ['from a lease whose pool has died', { headers: { 'tq-lease': 'other.1', 'tq-queue': 'worker_w' } }, false],
  ])('%s gets to no worker, and its sender is told by whom and why', async (_, more, isAgain) => {
    orders.cancel('m');
    await started(planFor('w'));
    const delivery = deliver(more, isAgain);
    await settle();
    expect([processOf('w#1').jobs, delivery.end]).toEqual([[], 'acked']);
    expect(tools.broker.published).toMatchObject([{ routingKey: 'results', headers: { 'tq-status': 'cancelled' } }]);
    const error = 'cancelled by ada: no longer wanted';
    expect(JSON.parse(String(tools.broker.published[0]?.body))).toEqual({ error, trace: '' });
    expect(tools.seen).toContainEqual(expect.objectContaining({ kind: 'cancelled', id: 'm', run: 'run', error }));
  });

  it('may be named by its life as well; others are worked on', async () => {
    orders.cancel('run of a');
    await started(planFor('w', 2));
    deliver(named('a'));
    deliver(named('b'));
    await settle();
    expect(processOf('w#1').sent).toMatchObject([{ kind: 'work', envelope: { id: 'b' } }]);
    expect(results()).toEqual(['cancelled']);
  });
});

describe('one that runs', () => {
  it.each([
    ['returns something', { kind: 'finished', contentType: 'text/plain' }],
    ['throws', threw],
    ['asks for another attempt', { kind: 'retryLater', delayMs: 1, error: 'later' }],
    ['rejects it', { kind: 'rejected', error: 'no' }],
  ] as const)('is aborted; where its handler then %s, it is cancelled all the same', async (_, outcome) => {
    await started(planFor('w', 1, { maxAttempts: 3 }));
    const delivery = deliver();
    orders.cancel('m');
    orders.cancel('m');
    expect(aborts()).toEqual([CANCEL]);
    processOf('w#1').concludes(outcome);
    await tools.clock.advance(60_000);
    expect([results(), delivery.end, tools.broker.published.length]).toEqual([['cancelled'], 'acked', 1]);
    expect([processOf('w#1').killed, processes.length, pool.settled]).toEqual([undefined, 1, 1]);
  });

  it('and goes on costs its process, after kill_timeout', async () => {
    await started(planFor('w', 1, { killTimeoutMs: 500, maxAttempts: 3 }));
    const delivery = deliver();
    orders.cancel('m');
    await tools.clock.advance(499);
    expect(processOf('w#1').killed).toBeUndefined();
    await tools.clock.advance(1);
    expect(processOf('w#1').killed).toContain('cancelled');
    processOf('w#1').dies();
    await settle();
    expect([results(), delivery.end]).toEqual([['cancelled'], 'acked']);
    expect(processes).toHaveLength(2);
  });

  it('and costs its process does its neighbours no harm: they run again, uncounted, and are no suspects', async () => {
    await started(planFor('w', 1, { concurrency: 3, killTimeoutMs: 500 }));
    const [, ...neighbours] = [deliver(), deliver(named('b')), deliver(named('c'))];
    orders.cancel('m');
    await tools.clock.advance(500);
    processOf('w#1').dies();
    await settle();
    expect(neighbours.map(({ end }) => end)).toEqual(['acked', 'acked']);
    const anew = tools.broker.publishedTo('worker_w');
    expect(anew.map(({ properties }) => properties.messageId)).toEqual(['b', 'c']);
    for (const { headers } of anew) {
      expect(headers).toMatchObject({ 'tq-attempt': 1, 'tq-crashes': 0, 'tq-redeliveries': 0 });
      expect(headers).not.toHaveProperty('tq-suspect');
    }
    expect(results()).toEqual(['cancelled']);
  });

  it('dies by itself meanwhile: it is not tried again', async () => {
    await started(planFor('w'));
    deliver();
    orders.cancel('m');
    processOf('w#1').dies('was killed by SIGSEGV');
    await settle();
    expect([results(), tools.broker.published.length]).toEqual([['cancelled'], 1]);
  });

  it('has taken too long already: its process ends when it would have anyway', async () => {
    await started(planFor('w', 1, { taskTimeoutMs: 1_000, killTimeoutMs: 500, maxAttempts: 3 }));
    deliver();
    await tools.clock.advance(1_400);
    orders.cancel('m');
    await tools.clock.advance(100);
    expect(processOf('w#1').killed).toBeDefined();
    processOf('w#1').dies();
    await settle();
    expect([results(), tools.broker.published.length]).toEqual([['cancelled'], 1]);
  });

  it('is not handed back where the pool stops, or is killed', async () => {
    await started(planFor('w', 1, { concurrency: 2 }));
    const [one, other] = [deliver(named('a')), deliver(named('b'))];
    orders.cancel('a');
    void pool.stop();
    pool.kill();
    processOf('w#1').dies();
    await settle();
    expect([one.end, results()]).toEqual(['acked', ['cancelled']]);
    expect([other.end, orders.listeners]).toEqual(['requeued', 0]);
  });
});

describe('one that its plugin reports by itself', () => {
  const call = { kind: 'publish', target: null, properties: {}, headers: {} } as const;
  const publishes = (number: number, status: 'finished' | 'failed' = 'finished'): void =>
    processOf('w#1').says({ ...call, job: 1, call: number, status });
  const reported = { kind: 'finished', contentType: null } as const;

  it('is not reported any more once it is cancelled', async () => {
    await started(planFor('w'));
    deliver();
    orders.cancel('m');
    publishes(1);
    await settle();
    expect(processOf('w#1').answers).toEqual(['this workitem has been cancelled']);
    processOf('w#1').concludes(threw);
    await settle();
    expect(results()).toEqual(['cancelled']);
  });

  it.each([
    ['goes on to the end', reported, 'finished'],
    ['fails in the end', threw, 'finished'],
    ['has said that it failed', threw, 'failed'],
  ] as const)(
    'before it is cancelled has its result out: that holds, where the plugin %s',
    async (_, outcome, status) => {
      await started(planFor('w', 1, { maxAttempts: 3 }));
      const delivery = deliver();
      publishes(1, status);
      await settle();
      orders.cancel('m');
      publishes(2, status);
      await settle();
      expect(processOf('w#1').answers).toEqual([null, null]);
      processOf('w#1').concludes(outcome);
      await tools.clock.advance(60_000);
      const others = tools.broker.published.map(({ routingKey }) => routingKey).filter((key) => key !== 'results');
      expect([results(), delivery.end]).toEqual([[status, status], 'acked']);
      expect(others).toEqual(status === 'failed' ? ['taskqueue.dead'] : []);
      expect(tools.seen.at(-1)?.kind).toBe(status);
    },
  );

  it('before it is cancelled has its result out: that holds, even where its process has to be ended', async () => {
    await started(planFor('w', 1, { killTimeoutMs: 500 }));
    const delivery = deliver();
    publishes(1);
    await settle();
    orders.cancel('m');
    await tools.clock.advance(500);
    processOf('w#1').dies();
    await settle();
    expect([results(), delivery.end]).toEqual([['finished'], 'acked']);
    expect(tools.seen.map(({ kind }) => kind)).toContain('finished');
  });
});
