// A cancelled workitem that is neither in its queue nor simply at work: it waits in the pool, is kept by a lease, or its
// delivery is gone. Worker processes and broker are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import { leaseQueue } from '../../../src/broker/topology.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import type { FakeOrders } from '../../support/fake-orders.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { type More, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let orders: FakeOrders;
const settle = (): Promise<void> => tools.clock.advance(0);

async function started(...plans: GroupPlan[]): Promise<void> {
  await readyPool(tools, plans, { leases: { pool: 'here', afterMs: 1_000 } });
}

const named = (messageId: string, headers: More['headers'] = {}): More => ({
  properties: { messageId },
  headers: { 'tq-run': `run of ${messageId}`, ...headers },
});
const deliver = (more: More = {}, isAgain = false, queue = 'worker_w'): FakeDelivery =>
  tools.broker.deliver(queue, workitem('{"a":1}', more), isAgain);
/** Id and status of each result, in order. */
const results = (): unknown[] =>
  tools.broker.publishedTo('results').map(({ headers }) => `${headers['tq-id']} ${headers['tq-status']}`);

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  orders = tools.orders;
});

describe('one that waits in the pool', () => {
  it('for a place in its process is settled at once, and the next one takes its turn', async () => {
    await started(planFor('w'));
    deliver(named('a'));
    const [waiting] = [deliver(named('b')), deliver(named('c'))];
    orders.cancel('b');
    await settle();
    expect([results(), waiting.end]).toEqual([['b cancelled'], 'acked']);
    processOf('w#1').finishes();
    await settle();
    const given = processOf('w#1').sent.flatMap((frame) => (frame.kind === 'work' ? [frame.envelope.id] : []));
    expect(given).toEqual(['a', 'c']);
  });

  it('for the others to end, since it is to run alone, is settled at once and holds up nobody', async () => {
    await started(planFor('w'), planFor('v', 1, { concurrency: 2 }));
    deliver(named('a'), false, 'worker_v');
    deliver(named('b', { 'tq-redeliveries': 3 }));
    deliver(named('c'), false, 'worker_v');
    expect(processOf('v#1').jobs).toHaveLength(1);
    orders.cancel('b');
    expect(processOf('v#1').jobs).toHaveLength(2);
    await settle();
    expect(results()).toEqual(['b cancelled']);
  });

  it('behind one that is to run alone is settled at once', async () => {
    await started(planFor('w'), planFor('v', 2));
    deliver(named('a'), false, 'worker_v');
    deliver(named('b', { 'tq-redeliveries': 3 }));
    const [, other] = tools.broker.consumersOf('worker_v');
    other?.options.onDelivery(tools.broker.delivery('worker_v', workitem('{"a":1}', named('c'))));
    orders.cancel('c');
    await settle();
    expect([results(), processOf('v#2').jobs]).toEqual([['c cancelled'], []]);
  });

  it('for silence, since it is to run alone, does not begin, and the others go on', async () => {
    await started(planFor('w'), planFor('v'));
    deliver(named('a'), false, 'worker_v');
    let confirm = (): void => undefined;
    tools.broker.answer = () => new Promise((resolve) => (confirm = () => resolve({ kind: 'confirmed' })));
    deliver(named('b', { 'tq-redeliveries': 3 }));
    processOf('v#1').finishes();
    await settle();
    orders.cancel('b');
    tools.broker.answer = () => ({ kind: 'confirmed' });
    confirm();
    await settle();
    expect([results(), processOf('w#1').jobs]).toEqual([['a finished', 'b cancelled'], []]);
    expect(tools.broker.consumersOf('worker_v')).toHaveLength(1);
  });
});

describe('one that runs for long, so that it is kept by a lease', () => {
  it('is aborted, and its lease is acknowledged with its outcome', async () => {
    await started(planFor('w'));
    const before = deliver();
    await tools.clock.advance(1_200);
    const copy = tools.broker.published.find(({ exchange }) => exchange === leaseQueue('here'));
    const lease = tools.broker.deliver(leaseQueue('here'), workitem('{"a":1}', { headers: copy?.headers ?? {} }));
    expect(before.end).toBe('acked');
    orders.cancel('m');
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'abort', job: 1, reason: 'cancel' });
    processOf('w#1').finishes();
    await settle();
    expect([results(), lease.end]).toEqual([['m cancelled'], 'acked']);
  });
});

describe('one whose delivery is gone while it runs', () => {
  it('is aborted, and settled when it is delivered again', async () => {
    await started(planFor('w'));
    deliver().lose();
    orders.cancel('m');
    processOf('w#1').finishes();
    await settle();
    expect(results()).toEqual([]);
    const again = deliver({}, true);
    await settle();
    expect([results(), again.end, processOf('w#1').jobs.length]).toEqual([['m cancelled'], 'acked', 1]);
  });

  it('has been adopted by the time: its outcome goes with the new delivery', async () => {
    await started(planFor('w', 2));
    deliver().lose();
    const again = deliver({}, true);
    orders.cancel('m');
    expect(again.end).toBeNull();
    processOf('w#1').finishes();
    await settle();
    expect([results(), again.end]).toEqual([['m cancelled'], 'acked']);
  });

  it('is delivered again while it still runs: one outcome, once its handler has ended', async () => {
    await started(planFor('w', 2));
    deliver().lose();
    orders.cancel('m');
    const again = deliver({}, true);
    await settle();
    expect([results(), again.end]).toEqual([[], null]);
    processOf('w#1').finishes();
    await settle();
    expect([results(), again.end, processes.flatMap(({ jobs }) => jobs).length]).toEqual([['m cancelled'], 'acked', 1]);
  });
});

it('a cancelled one whose result cannot be published yet is not acknowledged', async () => {
  orders.cancel('m');
  await started(planFor('w'));
  tools.broker.answer = () => ({ kind: 'unknown', reason: 'no connection' });
  const delivery = deliver();
  await tools.clock.advance(5_000);
  expect(delivery.end).toBeNull();
  tools.broker.answer = () => ({ kind: 'confirmed' });
  await tools.clock.advance(5_000);
  expect(delivery.end).toBe('acked');
});

it('what nobody has here is cancelled without a trace', async () => {
  await started(planFor('w'));
  deliver();
  orders.cancel('another');
  await settle();
  expect([processOf('w#1').sent.length, tools.broker.published, tools.seen.at(-1)?.kind]).toEqual([1, [], 'started']);
});
