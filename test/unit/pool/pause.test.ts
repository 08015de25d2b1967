// A paused type: nothing of it begins, and its queue keeps what comes. Worker processes and broker are in the hands of the
// test.
import { beforeEach, describe, expect, it } from 'vitest';
import { leaseQueue } from '../../../src/broker/topology.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { LOOK_EVERY_MS } from '../../../src/handling/deafness.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import type { FakeOrders } from '../../support/fake-orders.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { byName, type More, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let orders: FakeOrders;
let pool: Pool;
const settle = (): Promise<void> => tools.clock.advance(0);

async function started(...plans: GroupPlan[]): Promise<void> {
  pool = await readyPool(tools, plans, { leases: { pool: 'here', afterMs: 1_000 } });
}

const deliver = (more: More = {}, queue = 'worker_w'): FakeDelivery =>
  tools.broker.deliver(queue, workitem('{"a":1}', more));
const named = (messageId: string, headers: More['headers'] = {}): More => ({ properties: { messageId }, headers });
const consumers = (type = 'w'): number => tools.broker.consumersOf(`worker_${type}`).length;
/** Ids of what was published to a queue. */
const published = (queue: string): unknown[] =>
  tools.broker.publishedTo(queue).map(({ properties, headers }) => properties.messageId ?? headers['tq-id']);

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  orders = tools.orders;
});

describe('a paused type', () => {
  it('is not consumed, until it is resumed; what runs of it finishes, and other types go on', async () => {
    await started(planFor('w', 2), planFor('v'));
    const running = deliver();
    orders.pause('w');
    expect([consumers('w'), consumers('v')]).toEqual([0, 1]);
    processOf('w#1').finishes();
    await settle();
    expect([running.end, published('results'), consumers('w')]).toEqual(['acked', ['m'], 0]);
    deliver({}, 'worker_v');
    expect(processOf('v#1').jobs).toHaveLength(1);
    orders.resume('w');
    expect(consumers('w')).toBe(2);
    deliver(named('b'));
    expect(processOf('w#1').jobs).toHaveLength(2);
  });

  it('does not begin with what comes before a pool knows what was ordered while it had no connection', async () => {
    await started(planFor('w'), planFor('v'));
    const reread = deferred<void>();
    orders.rereading = reread.promise;
    const [first, other, lost] = [deliver(), deliver(named('b'), 'worker_v'), deliver(named('c'), 'worker_v')];
    lost.lose();
    await settle();
    expect(processes.flatMap(({ jobs }) => jobs)).toEqual([]);
    orders.pause('w');
    orders.rereading = null;
    reread.resolve();
    await settle();
    expect([processOf('w#1').jobs, processOf('v#1').jobs]).toEqual([[], [expect.anything()]]);
    expect([first.end, published('worker_w'), other.end]).toEqual(['acked', ['m'], null]);
  });

  it('is consumed again the moment that its pause is over', async () => {
    await started(planFor('w'));
    orders.pause('w', 60_000);
    await tools.clock.advance(59_999);
    expect(consumers()).toBe(0);
    await tools.clock.advance(1);
    expect(consumers()).toBe(1);
  });

  it('gives back what was read ahead, and what is delivered while its consumer is closed: none of it is counted', async () => {
    await started(planFor('w'));
    deliver(named('a'));
    const waiting = deliver(named('b', { 'tq-attempt': 2, 'tq-redeliveries': 1 }));
    const [consumer] = tools.broker.consumersOf('worker_w');
    orders.pause('w');
    const late = tools.broker.delivery('worker_w', workitem('{"a":1}', named('c')));
    consumer?.options.onDelivery(late);
    await settle();
    expect([waiting.end, late.end, published('worker_w')]).toEqual(['acked', 'acked', ['b', 'c']]);
    expect(tools.broker.publishedTo('worker_w')).toMatchObject([
      { headers: { 'tq-attempt': 2, 'tq-redeliveries': 1 } },
      { headers: { 'tq-attempt': 1, 'tq-redeliveries': 0 } },
    ]);
    processOf('w#1').finishes();
    await settle();
    expect(processOf('w#1').jobs).toHaveLength(1);
  });

  it('cancels, expires and parks what comes all the same: that begins nothing', async () => {
    await started(planFor('w'));
    const [consumer] = tools.broker.consumersOf('worker_w');
    orders.pause('w');
    orders.cancel('a');
    for (const more of [named('a'), named('b', { 'tq-expires': 1 })]) {
      consumer?.options.onDelivery(tools.broker.delivery('worker_w', workitem('{}', more)));
    }
    await settle();
    expect(tools.broker.published.map(({ headers }) => headers['tq-status'])).toEqual(['cancelled', 'expired']);
  });

  it('reaches one that is running in the pool with a cancel', async () => {
    await started(planFor('w'));
    deliver();
    orders.pause('w');
    orders.cancel('m');
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'abort', job: 1, reason: 'cancel' });
  });

  it('is not taken for deaf, whatever waits in its queue', async () => {
    await started(planFor('w'));
    tools.broker.queueInfo = async () => ({ messages: 100, consumers: 0 });
    orders.pause('w');
    await tools.clock.advance(10 * LOOK_EVERY_MS);
    expect([consumers(), tools.lines.filter(({ message }) => message.includes('none arrives'))]).toEqual([0, []]);
    orders.resume('w');
    await tools.clock.advance(3 * LOOK_EVERY_MS);
    expect(tools.broker.consumers.filter(({ options }) => options.queue === 'worker_w')).toHaveLength(2);
  });

  it('keeps what runs for long by its lease', async () => {
    await started(planFor('w'));
    deliver();
    orders.pause('w');
    await tools.clock.advance(1_200);
    expect(tools.broker.published.map(({ exchange }) => exchange)).toContain(leaseQueue('here'));
  });

  it('may be paused and resumed in haste: it is consumed once', async () => {
    await started(planFor('w'));
    for (let n = 0; n < 3; n++) {
      orders.pause('w');
      orders.resume('w');
    }
    orders.resume('w');
    await settle();
    expect(consumers()).toBe(1);
    orders.pause('w');
    orders.pause('w', 5_000);
    await settle();
    expect(consumers()).toBe(0);
  });
});

describe('while a type is paused', () => {
  it('an instance that starts again takes nothing, before or after', async () => {
    orders.pause('w');
    await started(planFor('w'));
    expect([processes.length, consumers()]).toEqual([1, 0]);
    processOf('w#1').dies();
    await settle();
    processOf('w#1').ready();
    expect([processes.length, consumers()]).toEqual([2, 0]);
    orders.resume('w');
    expect(consumers()).toBe(1);
  });

  it('a reload replaces what has changed, and what is new takes nothing either', async () => {
    await started(planFor('w'));
    orders.pause('w');
    const isOver = pool.reload(byName([planFor('w', 2, {}, '2')]));
    await settle();
    processOf('w#1').dies('exited with code 0');
    for (let n = 0; n < 3; n++) {
      await settle();
      for (const process of processes.slice(1)) process.ready();
    }
    await isOver;
    expect([pool.instances.map(({ isRunning }) => isRunning), consumers()]).toEqual([[true, true], 0]);
    orders.resume('w');
    expect(consumers()).toBe(2);
  });

  it('a worn process is replaced, and its successor takes nothing before the type is resumed', async () => {
    await started(planFor('w', 1, { maxTasks: 1 }));
    deliver();
    orders.pause('w');
    processOf('w#1').finishes();
    await settle();
    expect(processes).toHaveLength(2);
    processOf('w#1').ready();
    await settle();
    expect(processes[0]?.sent.at(-1)).toEqual({ kind: 'stop' });
    processes[0]?.dies('exited with code 0');
    await settle();
    expect([pool.instances.length, consumers()]).toEqual([1, 0]);
    orders.resume('w');
    expect(tools.broker.consumersOf('worker_w').map(({ prefetch }) => prefetch)).toEqual([1]);
  });

  it('the pool stops as ever', async () => {
    await started(planFor('w'));
    deliver();
    orders.pause('w');
    const isStopped = pool.stop();
    processOf('w#1').finishes();
    await settle();
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'stop' });
    processOf('w#1').dies('exited with code 0');
    await isStopped;
    expect([published('results'), orders.listeners]).toEqual([['m'], 0]);
  });

  it('one that is to run alone does not begin, and waits in its queue', async () => {
    await started(planFor('w'), planFor('v'));
    deliver(named('a'), 'worker_v');
    const alone = deliver(named('b', { 'tq-redeliveries': 3 }));
    orders.pause('w');
    await settle();
    expect([alone.end, published('worker_w'), processOf('w#1').jobs]).toEqual(['acked', ['b'], []]);
    deliver(named('c'), 'worker_v');
  });

  it('one that was about to run alone does not begin either, and holds up nobody', async () => {
    await started(planFor('w'), planFor('v'));
    let confirm = (): void => undefined;
    tools.broker.answer = () => new Promise((resolve) => (confirm = () => resolve({ kind: 'confirmed' })));
    deliver(named('a'), 'worker_v');
    deliver(named('b', { 'tq-redeliveries': 3 }));
    processOf('v#1').finishes();
    await settle();
    orders.pause('w');
    tools.broker.answer = () => ({ kind: 'confirmed' });
    confirm();
    await settle();
    expect([published('worker_w'), processOf('w#1').jobs, consumers('v'), consumers('w')]).toEqual([['b'], [], 1, 0]);
  });
});
