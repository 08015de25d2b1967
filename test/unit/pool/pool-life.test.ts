// The life of a pool: processes that die, stopping, reloading. Worker processes and broker are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD, delayRoute } from '../../../src/broker/topology.ts';
import type { ChildSpec } from '../../../src/child/spawn.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { FAKE_PROCESSES, forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { byName, type More, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let pool: Pool;
let specFor: () => Promise<ChildSpec>;
const settle = (): Promise<void> => tools.clock.advance(0);

async function started(...plans: GroupPlan[]): Promise<void> {
  pool = await readyPool(tools, plans, { childSpecFor: () => specFor() });
}
const deliver = (more: More = {}, queue = 'worker_w'): FakeDelivery =>
  tools.broker.deliver(queue, workitem('{"a":1}', more));

/** Whether it is done by now. */
function watched(promise: Promise<unknown>): { readonly isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => {
    state.isDone = true;
  });
  return state;
}

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  specFor = async () => ({}) as ChildSpec;
});

describe('a process that dies', () => {
  it('is replaced, its workitem waits and is counted, and it is consumed for no longer', async () => {
    await started(planFor('w'));
    const delivery = deliver();
    processOf('w#1').dies('was killed by SIGSEGV');
    expect(tools.broker.consumersOf('worker_w')).toEqual([]);
    await settle();
    expect(tools.broker.published).toMatchObject([{ headers: { 'tq-crashes': 1, 'tq-attempt': 1 } }]);
    expect(delivery.end).toBe('acked');
    expect(processes).toHaveLength(2);
    processOf('w#1').ready();
    expect(tools.broker.consumersOf('worker_w')).toHaveLength(1);
  });

  it('for the third time at the same workitem leaves it parked with its story', async () => {
    await started(planFor('w'));
    deliver({ headers: { 'tq-crashes': 2 } });
    processOf('w#1').dies('was killed by SIGSEGV');
    await settle();
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({
      'tq-reason': 'crashed',
      'tq-error': expect.stringContaining('SIGSEGV'),
      'tq-trace': 'last words',
    });
  });

  it('before it could take a workitem is not that workitem’s fault', async () => {
    await started(planFor('w'));
    processOf('w#1').isPipeOpen = false;
    const delivery = deliver();
    processOf('w#1').dies();
    await settle();
    expect([delivery.end, tools.broker.published]).toEqual(['requeued', []]);
  });

  it('because one of its workitems took too long sends the others back uncounted: they are innocent', async () => {
    await started(planFor('w', 1, { concurrency: 2, killTimeoutMs: 500 }));
    const slow = deliver({ headers: { 'tq-timeout': 1_000 } });
    const innocent = deliver({ properties: { messageId: 'other' } });
    await tools.clock.advance(1_000);
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'abort', job: 1, reason: 'timeout' });
    await tools.clock.advance(500);
    expect(processOf('w#1').killed).toContain('longer than its time');
    processOf('w#1').dies();
    await settle();
    expect([slow.end, innocent.end]).toEqual(['acked', 'acked']);
    const anew = { properties: { messageId: 'other' }, headers: { 'tq-redeliveries': 0, 'tq-crashes': 0 } };
    expect(tools.broker.publishedTo('worker_w')).toMatchObject([anew]);
    expect(tools.broker.publishedTo('results')[0]?.headers).toMatchObject({ 'tq-status': 'failed' });
  });

  it('again and again waits ever longer, and is said to keep failing', async () => {
    await started(planFor('w'), planFor('v'));
    for (let n = 0; n < 4; n++) {
      processOf('w#1').dies();
      await tools.clock.advance(30_000);
      processOf('w#1').ready();
    }
    const died = tools.seen.filter((event) => event.kind === 'died');
    expect(died.map((event) => event.kind === 'died' && event.restartInMs)).toEqual([0, 500, 1_000, 2_000]);
    expect(tools.seen.filter(({ kind }) => kind === 'failing')).toHaveLength(2);
    expect(processes.filter(({ instance }) => instance === 'v#1')).toHaveLength(1);
  });

  it('cannot be started for one group, others run, and it is tried again', async () => {
    let tries = 0;
    specFor = async () => {
      if (++tries % 2 === 1) throw new Error('no such user');
      return {} as ChildSpec;
    };
    await started(planFor('w'), planFor('v'));
    expect(processes.map(({ instance }) => instance)).toContain('v#1');
    await tools.clock.advance(1_000);
    expect(processes.map(({ instance }) => instance).toSorted()).toEqual(['v#1', 'w#1']);
    expect(tools.lines.some(({ message }) => message.includes('no such user'))).toBe(true);
  });
});

describe('stopping', () => {
  it('lets running workitems finish, takes no others, and ends the processes', async () => {
    await started(planFor('w'));
    const delivery = deliver();
    const stopped = pool.stop();
    await settle();
    expect(tools.broker.consumersOf('worker_w')).toEqual([]);
    processOf('w#1').finishes();
    await settle();
    expect(delivery.end).toBe('acked');
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'stop' });
    expect(tools.broker.stops).toBe(0);
    processOf('w#1').dies('exited with code 0');
    await stopped;
    expect([tools.broker.stops, tools.clock.pending]).toEqual([1, 0]);
  });

  it('hands back what comes too late', async () => {
    await started(planFor('w'));
    const [consumer] = tools.broker.consumersOf('worker_w');
    void pool.stop();
    const late = tools.broker.delivery('worker_w', workitem());
    consumer?.options.onDelivery(late);
    expect(late.end).toBe('requeued');
  });

  it('tells handlers in time, and hands back what they throw then', async () => {
    await started(planFor('w', 1, { stopTimeoutMs: 30_000, killTimeoutMs: 10_000 }));
    const delivery = deliver();
    void pool.stop();
    await tools.clock.advance(20_000);
    expect(processOf('w#1').sent.at(-1)).toEqual({ kind: 'abort', job: 1, reason: 'shutdown' });
    const failure = { error: 'aborted', trace: '' };
    processOf('w#1').concludes({ kind: 'threw', failure, contentType: 'text/plain' });
    await settle();
    expect([delivery.end, tools.broker.published]).toEqual(['requeued', []]);
  });

  it('ends a process that does not come to its end, and hands back what it had', async () => {
    await started(planFor('w'));
    const delivery = deliver();
    const stopped = pool.stop();
    await tools.clock.advance(30_000);
    expect(processOf('w#1').killed).toBe('is being stopped');
    processOf('w#1').dies();
    await stopped;
    expect(delivery.end).toBe('requeued');
  });

  it('at once ends all processes at once, and consumes no more: what is handed back would only come again', async () => {
    await started(planFor('w', 2));
    const delivery = deliver();
    pool.kill();
    expect(tools.broker.consumersOf('worker_w')).toEqual([]);
    const stopped = pool.stop();
    for (const process of processes) process.dies();
    await stopped;
    expect(delivery.end).toBe('requeued');
  });

  it('does not wait for ever for a broker that confirms nothing', async () => {
    await started(planFor('w'));
    tools.broker.answer = () => new Promise(() => undefined);
    deliver();
    processOf('w#1').finishes();
    const stopped = watched(pool.stop());
    await settle();
    processOf('w#1').dies('exited with code 0');
    await tools.clock.advance(9_999);
    expect(stopped.isDone).toBe(false);
    await tools.clock.advance(1);
    expect(stopped.isDone).toBe(true);
  });

  it('twice at the same time is one stop, and both come to their end', async () => {
    await started(planFor('w'));
    const both = [pool.stop(), pool.stop()];
    await settle();
    processOf('w#1').dies();
    await Promise.all(both);
    expect(pool.instances).toEqual([]);
  });

  it('before the start is legal', async () => {
    pool = new Pool({ tools, plans: new Map(), ...FAKE_PROCESSES, childSpecFor: () => specFor() });
    await pool.stop();
    expect(tools.broker.stops).toBe(1);
  });
});

describe('a reload', () => {
  it('touches only what has changed', async () => {
    await started(planFor('w'), planFor('v'), planFor('u'));
    const [old] = processes.filter(({ instance }) => instance === 'w#1');
    const reloaded = watched(pool.reload(byName([planFor('w', 1, {}, '2'), planFor('v', 2)])));
    await settle();
    processOf('u#1').dies();
    old?.dies('exited with code 0');
    await settle();
    processOf('w#1').ready();
    await settle();
    expect(reloaded.isDone).toBe(true);
    expect(pool.instances.map(({ name }) => name).toSorted()).toEqual(['v#1', 'v#2', 'w#1']);
    expect(processes.filter(({ instance }) => instance === 'v#1')).toHaveLength(1);
    expect(processOf('w#1')).not.toBe(old);
  });

  it('replaces one process at a time, and lets running workitems finish', async () => {
    await started(planFor('w', 2));
    const delivery = deliver();
    void pool.reload(byName([planFor('w', 2, {}, '2')]));
    await settle();
    expect(tools.broker.consumersOf('worker_w')).toHaveLength(1);
    expect(processOf('w#1').killed).toBeUndefined();
    processOf('w#1').finishes();
    await settle();
    expect(delivery.end).toBe('acked');
    processOf('w#1').dies('exited with code 0');
    await settle();
    expect(processOf('w#2').sent).toEqual([]);
    processOf('w#1').ready();
    await settle();
    expect(processOf('w#2').sent.at(-1)).toEqual({ kind: 'stop' });
  });

  it('does not wait for ever for a new process that does not start', async () => {
    await started(planFor('w', 2));
    specFor = () => Promise.reject(new Error('no such user'));
    const reloaded = watched(pool.reload(byName([planFor('w', 2, {}, '2')])));
    await settle();
    processOf('w#1').dies();
    await settle();
    processOf('w#2').dies();
    await settle();
    expect(reloaded.isDone).toBe(true);
  });

  it('that is overtaken by a stop comes to its end', async () => {
    await started(planFor('w', 2));
    const reloaded = pool.reload(byName([planFor('w', 2, {}, '2')]));
    await settle();
    const stopped = pool.stop();
    await settle();
    for (const process of processes) process.dies();
    await Promise.all([reloaded, stopped]);
    expect(processes).toHaveLength(2);
  });

  it('declares the queues of what is new', async () => {
    await started(planFor('w'));
    void pool.reload(byName([planFor('w'), planFor('v', 1, { resultsRoutingKey: 'other' })]));
    await settle();
    expect([...tools.broker.declaredQueues]).toEqual(expect.arrayContaining(['worker_v', 'other']));
  });

  it('gives what waited for a replaced instance back to the broker', async () => {
    await started(planFor('w'), planFor('v'));
    deliver({}, 'worker_v');
    const alone = deliver({ headers: { 'tq-redeliveries': 3 } });
    void pool.reload(byName([planFor('w', 1, {}, '2'), planFor('v')]));
    expect(alone.end).toBeNull();
    await settle();
    expect([alone.end, tools.broker.publishedTo('worker_w').length]).toEqual(['acked', 1]);
  });
});

it('a retry waits in the broker, and nothing of it stays in the pool', async () => {
  await started(planFor('w', 1, { maxAttempts: 2, retryDelayMs: 4_000, retryMaxDelayMs: 4_000 }));
  const pendingBefore = tools.clock.pending; // the watch over the consumer
  const delivery = deliver();
  expect(processOf('w#1').sent).toMatchObject([{ isLastAttempt: false }]);
  processOf('w#1').concludes({ kind: 'threw', failure: { error: 'e', trace: '' }, contentType: 'text/plain' });
  await settle();
  expect([delivery.end, tools.clock.pending]).toEqual(['acked', pendingBefore]);
  const routes = [2, 3, 4].map((seconds) => delayRoute(seconds, 'worker_w').routingKey);
  expect(routes).toContain(tools.broker.published[0]?.routingKey);
});
