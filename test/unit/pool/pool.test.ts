// The pool at work, with worker processes and a broker in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { DEAD, delayRoute } from '../../../src/broker/topology.ts';
import { deferred } from '../../../src/core/deferred.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import { CONFIRMED, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { type More, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let pool: Pool;
const settle = (): Promise<void> => tools.clock.advance(0);

async function started(...plans: GroupPlan[]): Promise<void> {
  pool = await readyPool(tools, plans);
}

const deliver = (more: More = {}, isAgain = false, queue = 'worker_w'): FakeDelivery =>
  tools.broker.deliver(queue, workitem('{"a":1}', more), isAgain);
const results = (): number => tools.broker.publishedTo('results').length;

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
});

describe('a pool', () => {
  it('declares its queues when it is connected, also where somebody else has connected it', async () => {
    await started(planFor('w'));
    const all = ['worker_w', 'results', DEAD, 'taskqueue.delay.0'];
    expect([...tools.broker.declaredQueues]).toEqual(expect.arrayContaining(all));
    const shared = fakeTools();
    shared.broker.become('connected');
    shared.broker.start = async () => undefined;
    await readyPool(shared, [planFor('v')]);
    expect([...shared.broker.declaredQueues]).toContain('worker_v');
  });

  it('consumes for an instance once that is ready, as many at once as it may', async () => {
    await started(planFor('w', 2, { concurrency: 5 }));
    expect(tools.broker.consumersOf('worker_w').map(({ prefetch }) => prefetch)).toEqual([5, 5]);
  });

  it('begins nothing before it knows what was ordered, but starts its processes', async () => {
    const known = deferred<void>();
    tools.orders.known = known.promise;
    await started(planFor('w', 2));
    expect([processes.length, tools.broker.consumersOf('worker_w').length]).toEqual([2, 0]);
    known.resolve();
    await settle();
    expect(tools.broker.consumersOf('worker_w')).toHaveLength(2);
  });

  it('hands a workitem to the process, and publishes what comes back', async () => {
    await started(planFor('w'));
    const delivery = deliver();
    expect(processOf('w#1').sent).toMatchObject([
      { kind: 'work', attempt: 1, isLastAttempt: true, envelope: { id: 'm' } },
    ]);
    processOf('w#1').finishes();
    await settle();
    expect(tools.broker.journal.slice(-3)).toEqual(['publish results', 'confirmed results', 'ack worker_w']);
    expect([delivery.end, pool.settled]).toEqual(['acked', 1]);
  });

  it('ends a process that answers what it was not given, and nothing else', async () => {
    await started(planFor('w', 2));
    deliver();
    processOf('w#1').finishes(77);
    expect(processOf('w#1').killed).toContain('broke the protocol');
    expect(processOf('w#2').killed).toBeUndefined();
    expect(results()).toBe(0);
  });

  it('answers a call to publish for a workitem that is settled already', async () => {
    await started(planFor('w'));
    const call = { kind: 'publish', call: 1, target: null, status: 'finished', properties: {}, headers: {} } as const;
    processOf('w#1').says({ ...call, job: 77 });
    expect(processOf('w#1').answers).toEqual(['this workitem is settled already']);
  });

  it('answers a call to publish even where a mistake of ours comes between', async () => {
    await started(planFor('w'));
    deliver();
    tools.broker.answer = () => {
      throw new RangeError('a mistake');
    };
    const call = { kind: 'publish', call: 1, target: null, status: 'finished', properties: {}, headers: {} } as const;
    processOf('w#1').says({ ...call, job: 1 });
    await settle();
    expect(processOf('w#1').answers).toEqual(['could not be published: a mistake']);
  });

  it('never gives a process more at once than it may have, whatever the broker delivers after a lost connection', async () => {
    await started(planFor('w'));
    const busy = deliver();
    busy.lose();
    const other = deliver({ properties: { messageId: 'other' } });
    expect(processOf('w#1').jobs).toHaveLength(1);
    processOf('w#1').finishes();
    expect(processOf('w#1').jobs).toHaveLength(2);
    processOf('w#1').finishes();
    await settle();
    expect(other.end).toBe('acked');
  });
});

describe('what no worker gets', () => {
  it.each<[string, More, boolean, string]>([
    ['refused', { headers: { 'tq-lock': 'x' } }, false, DEAD],
    ['expired', { headers: { 'tq-expires': 1 } }, false, 'results'],
    ['delivered again for the fiftieth time', { headers: { 'tq-redeliveries': 49 } }, true, DEAD],
    ['delivered again', {}, true, 'worker_w'],
  ])('%s', async (_, more, isAgain, queue) => {
    await started(planFor('w'));
    const delivery = deliver(more, isAgain);
    await settle();
    expect(processOf('w#1').jobs).toEqual([]);
    expect(tools.broker.publishedTo(queue)).toHaveLength(1);
    expect(delivery.end).toBe('acked');
  });

  it('is not due yet', async () => {
    await started(planFor('w'));
    deliver({ headers: { 'tq-due': tools.clock.now() + 2_500 } });
    await settle();
    expect(tools.broker.published).toMatchObject([{ ...delayRoute(3, 'worker_w'), headers: { 'tq-attempt': 1 } }]);
  });

  it('is counted when it is delivered again, and its other counts stay', async () => {
    await started(planFor('w'));
    deliver({ headers: { 'tq-redeliveries': 2, 'tq-attempt': 3, 'tq-crashes': 1 } }, true);
    await settle();
    const counts = { 'tq-redeliveries': 3, 'tq-attempt': 3, 'tq-crashes': 1, 'tq-run': 'run' };
    expect(tools.broker.publishedTo('worker_w')).toMatchObject([{ headers: counts }]);
  });
});

describe('a connection that is lost while a workitem runs', () => {
  it('does not start it again: the running one is adopted', async () => {
    await started(planFor('w', 2));
    deliver().lose();
    const again = deliver({}, true);
    expect(processes.flatMap(({ jobs }) => jobs)).toHaveLength(1);
    processOf('w#1').finishes();
    await settle();
    expect([again.end, results()]).toEqual(['acked', 1]);
    expect(tools.broker.publishedTo('worker_w')).toEqual([]);
  });

  it('does not start it again after it has ended: its outcome is kept', async () => {
    await started(planFor('w'));
    deliver().lose();
    processOf('w#1').finishes();
    await settle();
    expect(results()).toBe(0);
    const again = deliver({}, true);
    await settle();
    expect([again.end, results(), processOf('w#1').jobs.length]).toEqual(['acked', 1, 1]);
  });

  it('does not start it again where another pool has counted the redelivery meanwhile', async () => {
    await started(planFor('w', 2));
    deliver().lose();
    const copy = deliver({ headers: { 'tq-redeliveries': 1 } });
    processOf('w#1').finishes();
    await settle();
    expect([copy.end, processes.flatMap(({ jobs }) => jobs).length]).toEqual(['acked', 1]);
  });

  it('starts what only looks the same: senders may repeat ids', async () => {
    await started(planFor('w', 2));
    deliver().lose();
    const [first, second] = tools.broker.consumersOf('worker_w');
    second?.options.onDelivery(tools.broker.delivery('worker_w', workitem('{"b":2}')));
    expect([first, processOf('w#2').jobs.length]).toEqual([first, 1]);
  });
});

describe('a workitem that keeps being redelivered', () => {
  const suspect = { headers: { 'tq-redeliveries': 3 }, properties: { messageId: 'suspect' } };

  it('runs alone in its pool from the third time on: what waited goes back uncounted, and nothing new comes', async () => {
    await started(planFor('w'), planFor('v', 2));
    const before = deliver({}, false, 'worker_v');
    deliver(suspect);
    const [, other] = tools.broker.consumersOf('worker_v');
    const innocent = tools.broker.delivery('worker_v', workitem('{"a":1}', { headers: { 'tq-redeliveries': 2 } }));
    other?.options.onDelivery(innocent);
    expect([processOf('w#1').jobs.length, processOf('v#2').jobs.length]).toEqual([0, 0]);
    processOf('v#1').finishes();
    await settle();
    expect([before.end, innocent.end]).toEqual(['acked', 'acked']);
    expect(tools.broker.publishedTo('worker_v')).toMatchObject([{ headers: { 'tq-redeliveries': 2 } }]);
    expect([processOf('w#1').jobs.length, processOf('v#2').jobs.length]).toEqual([1, 0]);
    expect([...tools.broker.consumersOf('worker_v'), ...tools.broker.consumersOf('worker_w')]).toEqual([]);
    processOf('w#1').finishes();
    expect(tools.broker.consumersOf('worker_v')).toHaveLength(2);
    expect(tools.broker.consumersOf('worker_w')).toHaveLength(1);
  });

  it('runs alone for a minute: then others begin beside it, however long it takes', async () => {
    await started(planFor('w'), planFor('v'));
    deliver(suspect);
    await settle();
    await tools.clock.advance(59_999);
    expect(tools.broker.consumersOf('worker_v')).toEqual([]);
    await tools.clock.advance(1);
    deliver({}, false, 'worker_v');
    expect([processOf('w#1').jobs.length, processOf('v#1').jobs.length]).toEqual([1, 1]);
  });

  it('leaves its minute to nobody: the next one has its own', async () => {
    await started(planFor('w'), planFor('v'));
    deliver(suspect);
    await settle();
    await tools.clock.advance(30_000);
    processOf('w#1').finishes();
    deliver(suspect);
    await settle();
    await tools.clock.advance(59_999);
    expect(tools.broker.consumersOf('worker_v')).toEqual([]);
  });

  it('does not begin before the results of the others are confirmed: else those would run again', async () => {
    await started(planFor('w'), planFor('v'));
    let confirm: (outcome: PublishOutcome) => void = () => undefined;
    tools.broker.answer = () => new Promise<PublishOutcome>((resolve) => (confirm = resolve));
    deliver({}, false, 'worker_v');
    deliver(suspect);
    processOf('v#1').finishes();
    await settle();
    expect(processOf('w#1').jobs).toEqual([]);
    confirm(CONFIRMED);
    await settle();
    expect(processOf('w#1').jobs).toHaveLength(1);
  });

  it('does not begin before the broker knows of all acknowledgements: else there would be two of it', async () => {
    await started(planFor('w'));
    let answer: () => void = () => undefined;
    tools.broker.settled = () => new Promise<void>((resolve) => (answer = resolve));
    deliver(suspect);
    await settle();
    expect(processOf('w#1').jobs).toEqual([]);
    answer();
    await settle();
    expect(processOf('w#1').jobs).toHaveLength(1);
  });

  it('waits in the broker where the others take their time, and holds them up for no longer than that', async () => {
    await started(planFor('w'), planFor('v', 2));
    deliver({}, false, 'worker_v');
    const delivery = deliver(suspect);
    const [, other] = tools.broker.consumersOf('worker_v');
    other?.options.onDelivery(tools.broker.delivery('worker_v', workitem()));
    await tools.clock.advance(4_999);
    expect([delivery.isOpen, processOf('v#2').jobs.length]).toEqual([true, 0]);
    await tools.clock.advance(1);
    expect([delivery.end, processOf('w#1').jobs.length, processOf('v#2').jobs.length]).toEqual(['acked', 0, 1]);
    const { exchange, headers } = tools.broker.published[0] as Outgoing;
    expect([exchange, headers['tq-redeliveries']]).toEqual([delayRoute(60, 'worker_w').exchange, 3]);
  });

  it('does not hold up the others once its delivery or its process is gone', async () => {
    await started(planFor('w'), planFor('v', 2));
    deliver({}, false, 'worker_v');
    const waiting = deliver(suspect);
    const [, other] = tools.broker.consumersOf('worker_v');
    other?.options.onDelivery(tools.broker.delivery('worker_v', workitem()));
    processOf('w#1').dies();
    expect([waiting.end, processOf('v#2').jobs.length]).toEqual(['requeued', 1]);
  });
});
