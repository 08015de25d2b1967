// Worn processes and their successors. Worker processes and broker are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerOptions } from '../../../src/config/config.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { type FakeWorkerProcess, forgetProcesses, processes, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

const MIB = 1024 ** 2;
let tools: FakeTools;
let pool: Pool;
let memory: number;
const settle = (): Promise<void> => tools.clock.advance(0);
const prefetches = (): number[] => tools.broker.consumersOf('worker_w').map(({ prefetch }) => prefetch);
const deliver = (): FakeDelivery => tools.broker.deliver('worker_w', workitem());
const at = (index: number): FakeWorkerProcess => processes[index] as FakeWorkerProcess;

async function started(options: Partial<WorkerOptions>): Promise<void> {
  pool = await readyPool(tools, [planFor('w', 1, options)], { memoryOf: () => memory });
}

async function handle(process: FakeWorkerProcess): Promise<void> {
  deliver();
  process.finishes();
  await settle();
}

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  memory = 0;
});

describe('after max_tasks', () => {
  it('another process is started, and the old one works on until that is ready', async () => {
    await started({ maxTasks: 2 });
    await handle(at(0));
    expect(processes).toHaveLength(1);
    await handle(at(0));
    expect(processes).toHaveLength(2);
    await handle(at(0));
    expect([processes.length, prefetches()]).toEqual([2, [1]]);
    at(1).ready();
    await settle();
    expect(at(0).sent.at(-1)).toEqual({ kind: 'stop' });
    expect(prefetches()).toEqual([1]);
    at(0).dies('exited with code 0');
    await handle(at(1));
    expect([at(1).jobs.length, pool.instances.length]).toEqual([1, 1]);
  });

  it('no workitem is ended for it, and there are never more at once than before', async () => {
    await started({ maxTasks: 1, concurrency: 2, stopTimeoutMs: 1_000 });
    await handle(at(0));
    deliver();
    deliver();
    at(1).ready();
    await settle();
    expect(prefetches()).toEqual([]);
    await tools.clock.advance(3_600_000);
    expect([at(0).killed, at(0).sent.map(({ kind }) => kind)]).toEqual([undefined, ['work', 'work', 'work']]);
    at(0).finishes(2);
    await settle();
    expect(prefetches()).toEqual([1]);
    deliver();
    expect(at(1).jobs).toHaveLength(1);
    at(0).finishes(3);
    await settle();
    expect(prefetches()).toEqual([2]);
    expect(at(0).sent.at(-1)).toEqual({ kind: 'stop' });
  });

  it('the old one goes on where the new one cannot start', async () => {
    await started({ maxTasks: 1 });
    await handle(at(0));
    at(1).dies();
    await settle();
    at(2).dies();
    await handle(at(0));
    expect([prefetches(), at(0).sent.map(({ kind }) => kind)]).toEqual([[1], ['work', 'work']]);
  });

  it('one that dies meanwhile is not replaced twice', async () => {
    await started({ maxTasks: 1 });
    await handle(at(0));
    deliver();
    at(1).ready();
    at(0).dies();
    await settle();
    expect([prefetches(), processes.length, pool.instances.length]).toEqual([[1], 2, 1]);
  });

  it('a stop ends both', async () => {
    await started({ maxTasks: 1 });
    await handle(at(0));
    at(1).ready();
    let isStopped = false;
    void pool.stop().then(() => (isStopped = true));
    await settle();
    at(0).dies('exited with code 0');
    at(1).dies('exited with code 0');
    await settle();
    expect([isStopped, pool.instances]).toEqual([true, []]);
  });
});

it('above max_memory, looked at between workitems, a process is replaced', async () => {
  await started({ maxMemory: 64 * MIB });
  await handle(at(0));
  expect(processes).toHaveLength(1);
  memory = 65 * MIB;
  deliver();
  await tools.clock.advance(60_000);
  expect(processes).toHaveLength(1);
  at(0).finishes();
  await settle();
  expect(processes).toHaveLength(2);
  expect(tools.lines.some(({ message }) => /has 65M of memory, max_memory = 64M/.test(message))).toBe(true);
});
