// How many places there are beside a process that a reload replaces, and that still works when its time is over. Worker
// processes and broker are in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import type { WorkerOptions } from '../../../src/config/config.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { type FakeWorkerProcess, forgetProcesses, processes, readyPool } from './fake-worker-process.ts';
import { byName, planFor, workitem } from './fixtures.ts';

const STOP_TIMEOUT_MS = 30_000;

let tools: FakeTools;
let pool: Pool;
let version: number;
const settle = (): Promise<void> => tools.clock.advance(0);
const prefetches = (): number[] => tools.broker.consumersOf('worker_w').map(({ prefetch }) => prefetch);
const at = (index: number): FakeWorkerProcess => processes[index] as FakeWorkerProcess;

function deliver(times: number): void {
  for (let n = 0; n < times; n++) tools.broker.deliver('worker_w', workitem());
}

async function started(options: Partial<WorkerOptions>): Promise<void> {
  pool = await readyPool(tools, [planFor('w', 1, options)]);
}

async function reloaded(options: Partial<WorkerOptions>): Promise<void> {
  const isReloaded = pool.reload(byName([planFor('w', 1, options, `${++version}`)]));
  await tools.clock.advance(STOP_TIMEOUT_MS);
  at(processes.length - 1).ready();
  await isReloaded;
  await settle();
}

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  version = 1;
});

it('places that are free are taken up, and the others when they are', async () => {
  await started({ concurrency: 10 });
  deliver(3);
  await reloaded({ concurrency: 10 });
  expect([processes.length, prefetches()]).toEqual([2, [7]]);
  at(0).finishes(1);
  await settle();
  expect(prefetches()).toEqual([8]);
  at(0).dies();
  await settle();
  expect([prefetches(), pool.instances.length]).toEqual([[10], 1]);
});

it('where none is free there is one place more, also where fewer are configured than before', async () => {
  await started({ concurrency: 3 });
  deliver(3);
  await reloaded({ concurrency: 2 });
  expect(prefetches()).toEqual([1]);
  at(0).finishes(1);
  await settle();
  expect(prefetches()).toEqual([1]);
});

it('several reloads share the places among what each has left', async () => {
  await started({ concurrency: 3 });
  deliver(2);
  await reloaded({ concurrency: 3 });
  deliver(1);
  expect(prefetches()).toEqual([1]);
  await reloaded({ concurrency: 3 });
  deliver(1);
  expect([processes.map(({ jobs }) => jobs.length), prefetches()]).toEqual([[2, 1, 1], [1]]);
  await reloaded({ concurrency: 3 });
  expect([processes.length, prefetches()]).toEqual([3, []]); // four are at work already
  at(0).finishes(1);
  await settle();
  at(3).ready();
  await settle();
  expect([processes.length, prefetches()]).toEqual([4, [1]]);
});

it('one that is late and dies leaves room as well', async () => {
  await started({});
  deliver(1);
  await reloaded({});
  deliver(1);
  await reloaded({});
  expect(processes).toHaveLength(2);
  at(0).dies();
  await settle();
  at(2).ready();
  await settle();
  expect([pool.instances.map(({ plan }) => plan.fingerprint), prefetches()]).toEqual([['2', '3'], [1]]);
});

it('a successor that is worn meanwhile is replaced as any other', async () => {
  await started({ concurrency: 2, maxTasks: 1 });
  deliver(1);
  await reloaded({ concurrency: 2, maxTasks: 1 });
  deliver(1);
  at(1).finishes();
  await settle();
  expect(processes).toHaveLength(3);
  at(2).ready();
  await settle();
  expect(at(1).sent.at(-1)).toEqual({ kind: 'stop' });
  expect(prefetches()).toEqual([1]);
  at(0).finishes();
  await settle();
  expect(prefetches()).toEqual([2]);
});

it('where the successor cannot start, the one after the next reload can', async () => {
  await started({});
  deliver(1);
  const isReloaded = pool.reload(byName([planFor('w', 1, {}, 'broken')]));
  await tools.clock.advance(STOP_TIMEOUT_MS);
  at(1).dies();
  await isReloaded;
  const before = processes.length;
  const isMended = pool.reload(byName([planFor('w', 1, {}, 'mended')]));
  await settle();
  at(before - 1).dies();
  await settle();
  at(processes.length - 1).ready();
  await isMended;
  expect(prefetches()).toEqual([1]);
  expect(pool.instances.map(({ plan }) => plan.fingerprint)).toEqual(['1', 'mended']);
});
