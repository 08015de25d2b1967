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
const ofBusy = (): FakeWorkerProcess[] => processes.filter(({ instance }) => instance === 'w#1');

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  pool = await readyPool(tools, [...ORIGINAL.values()]);
  delivery = tools.broker.deliver('worker_w', workitem());
  busy = processOf('w#1');
  expect(busy.jobs).toHaveLength(1);
});

/** One of w#2, which has nothing to do, for another. */
async function otherReplaced(): Promise<void> {
  expect(processOf('w#2').sent.at(-1)).toEqual({ kind: 'stop' });
  processOf('w#2').dies('exited with code 0');
  await settle();
  processOf('w#2').ready();
  await settle();
}

it('what runs finishes, however long it takes, and then its process is replaced; the others are meanwhile', async () => {
  const isReloaded = pool.reload(CHANGED);
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await otherReplaced();
  await isReloaded;
  await tools.clock.advance(10 * HOUR);
  expect([delivery.end, busy.killed, busy.sent.map(({ kind }) => kind)]).toEqual([null, undefined, ['work']]);

  busy.finishes();
  await settle();
  expect([delivery.end, busy.sent.at(-1)]).toEqual(['acked', { kind: 'stop' }]);
  busy.dies('exited with code 0');
  await settle();
  expect(ofBusy()).toHaveLength(2);
});

it('it is given nothing more', async () => {
  const isReloaded = pool.reload(CHANGED);
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await otherReplaced();
  await isReloaded;
  for (const _ of [1, 2]) tools.broker.deliver('worker_w', workitem());
  busy.finishes();
  await settle();
  expect(busy.jobs).toHaveLength(1);
});

it('the next reload is not held up by it, and is what its successor is made of', async () => {
  for (const plans of [CHANGED, CHANGED_AGAIN]) {
    const isReloaded = pool.reload(plans);
    await tools.clock.advance(STOP_TIMEOUT_MS);
    await otherReplaced();
    await isReloaded;
  }
  busy.finishes();
  await settle();
  busy.dies('exited with code 0');
  await settle();
  expect(ofBusy()).toHaveLength(2);
  expect(pool.instances.map(({ plan }) => plan.fingerprint)).toEqual(['3', '3']);
});

it('a type that is taken away ends with its work; where it is back by then, its name is not taken twice', async () => {
  const isGone = pool.reload(new Map());
  await settle();
  processOf('w#2').dies('exited with code 0');
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await isGone;
  const isBack = pool.reload(CHANGED);
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await isBack;
  expect([ofBusy(), busy.killed]).toEqual([[busy], undefined]);
  busy.finishes();
  await settle();
  busy.dies('exited with code 0');
  await settle();
  expect(ofBusy()).toHaveLength(2);
});

it('a stop does not wait for it any longer than for others', async () => {
  const isReloaded = pool.reload(CHANGED);
  await tools.clock.advance(STOP_TIMEOUT_MS);
  await otherReplaced();
  await isReloaded;
  const isStopped = pool.stop();
  await tools.clock.advance(STOP_TIMEOUT_MS);
  expect(busy.killed).toBe('is being stopped');
  for (const process of processes) process.dies();
  await isStopped;
  expect(delivery.end).toBe('requeued');
});
