// A reload while workitems run that take their time. Worker processes and broker are in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { type FakeWorkerProcess, forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { byName, planFor, workitem } from './fixtures.ts';

const STOP_TIMEOUT_MS = 30_000;
const HOUR = 3_600_000;
const VERSIONS = ['1', '2', '3'].map((fingerprint) => byName([planFor('w', 2, {}, fingerprint)]));
const [ORIGINAL, CHANGED, CHANGED_AGAIN] = VERSIONS as [Plans, Plans, Plans];
type Plans = ReturnType<typeof byName>;

let tools: FakeTools;
let pool: Pool;
let delivery: FakeDelivery;
let busy: FakeWorkerProcess;
const settle = (): Promise<void> => tools.clock.advance(0);
const prefetches = (): number[] => tools.broker.consumersOf('worker_w').map(({ prefetch }) => prefetch);
const ofBusy = (): FakeWorkerProcess[] => processes.filter(({ instance }) => instance === 'w#1');

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  pool = await readyPool(tools, [...ORIGINAL.values()]);
  delivery = tools.broker.deliver('worker_w', workitem());
  busy = processOf('w#1');
  expect(busy.jobs).toHaveLength(1);
});

/** One that has nothing to do, for another. */
async function replaced(instance: string): Promise<void> {
  expect(processOf(instance).sent.at(-1)).toEqual({ kind: 'stop' });
  processOf(instance).dies('exited with code 0');
  await readied(instance);
}

async function readied(instance: string): Promise<void> {
  await settle();
  processOf(instance).ready();
  await settle();
}

/** While w#1 works for longer than a reload waits for it. */
async function reloaded(plans: Plans): Promise<void> {
  const isReloaded = pool.reload(plans);
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await readied('w#1');
  await replaced('w#2');
  await isReloaded;
}

it('what runs finishes, however long it takes; after stop_timeout another takes up work beside it', async () => {
  const isReloaded = pool.reload(CHANGED);
  await tools.clock.advance(STOP_TIMEOUT_MS - 1);
  expect(ofBusy()).toEqual([busy]);
  await tools.clock.advance(1);
  await readied('w#1');
  await replaced('w#2');
  await isReloaded;
  await tools.clock.advance(10 * HOUR);
  expect([delivery.end, busy.killed, busy.sent.map(({ kind }) => kind)]).toEqual([null, undefined, ['work']]);
  expect(prefetches()).toEqual([1, 1]);
  tools.broker.deliver('worker_w', workitem());
  expect(ofBusy().map(({ jobs }) => jobs.length)).toEqual([1, 1]);

  busy.finishes();
  await settle();
  expect([delivery.end, busy.sent.at(-1)]).toEqual(['acked', { kind: 'stop' }]);
  busy.dies('exited with code 0');
  await settle();
  expect([ofBusy().length, pool.instances.length, prefetches()]).toEqual([2, 2, [1, 1]]);
});

it('it is given nothing more', async () => {
  await reloaded(CHANGED);
  for (const _ of [1, 2]) tools.broker.deliver('worker_w', workitem());
  busy.finishes();
  await settle();
  expect(busy.jobs).toHaveLength(1);
});

it('the next reload does not wait for it again, and replaces its successor', async () => {
  await reloaded(CHANGED);
  const isReloaded = pool.reload(CHANGED_AGAIN);
  await settle();
  await replaced('w#1');
  await replaced('w#2');
  await isReloaded;
  expect(pool.instances.map(({ plan }) => plan.fingerprint)).toEqual(['1', '3', '3']);
  expect([delivery.end, prefetches()]).toEqual([null, [1, 1]]);
});

it('however many reloads follow while handlers hang, one workitem more than configured is the most', async () => {
  await reloaded(CHANGED);
  tools.broker.deliver('worker_w', workitem());
  expect(ofBusy().map(({ jobs }) => jobs.length)).toEqual([1, 1]);
  for (const [plans, waitMs] of [
    [CHANGED_AGAIN, STOP_TIMEOUT_MS],
    [ORIGINAL, 0],
    [CHANGED, 0],
  ] as const) {
    const isReloaded = pool.reload(plans);
    await tools.clock.advance(waitMs); // the successor is waited for once
    await replaced('w#2');
    await isReloaded;
    expect(ofBusy()).toHaveLength(2);
  }
  busy.finishes();
  await settle();
  await readied('w#1');
  expect([ofBusy().length, prefetches()]).toEqual([3, [1, 1]]);
  expect(pool.instances.map(({ plan }) => plan.fingerprint).sort()).toEqual(['1', '2', '2', '2']);
});

it('a type that is taken away ends with its work; where it is back by then, another works beside it at once', async () => {
  const isGone = pool.reload(new Map());
  await settle();
  processOf('w#2').dies('exited with code 0');
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await isGone;
  expect([ofBusy(), busy.killed, prefetches()]).toEqual([[busy], undefined, []]);
  const isBack = pool.reload(CHANGED);
  await readied('w#1');
  await isBack;
  await readied('w#2');
  expect([ofBusy().length, processes.length, prefetches()]).toEqual([2, 4, [1, 1]]);
  busy.finishes();
  await settle();
  busy.dies('exited with code 0');
  await settle();
  expect([ofBusy().length, pool.instances.length]).toEqual([2, 2]);
});

it('a type that is taken away gets no successor, however long its last workitem takes', async () => {
  const isGone = pool.reload(new Map());
  await settle();
  processOf('w#2').dies('exited with code 0');
  await tools.clock.advance(HOUR);
  await isGone;
  busy.finishes();
  await settle();
  busy.dies('exited with code 0');
  await settle();
  expect([processes.length, pool.instances]).toEqual([2, []]);
});

it('a stop does not wait for it any longer than for others', async () => {
  await reloaded(CHANGED);
  const isStopped = pool.stop();
  await tools.clock.advance(STOP_TIMEOUT_MS);
  expect(busy.killed).toBe('is being stopped');
  for (const process of processes) process.dies();
  await isStopped;
  expect(delivery.end).toBe('requeued');
});
