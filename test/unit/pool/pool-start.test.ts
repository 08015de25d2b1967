// How a pool starts its processes, of which only a few may be starting at a time.
import { beforeEach, expect, it } from 'vitest';
import type { ChildSpec } from '../../../src/child/spawn.ts';
import { Pool } from '../../../src/pool/pool.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { FAKE_PROCESSES, forgetProcesses, processes, processOf } from './fake-worker-process.ts';
import { byName, planFor } from './fixtures.ts';

let tools: FakeTools;
let pool: Pool;
const settle = (): Promise<void> => tools.clock.advance(0);
const startedSoFar = (): string[] => processes.map(({ instance }) => instance);

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  const plans = byName([planFor('v', 3), planFor('w', 2)]);
  const childSpecFor = async () => ({}) as ChildSpec;
  pool = new Pool({ tools, plans, ...FAKE_PROCESSES, childSpecFor, startsAtOnce: 2 });
  await pool.start();
  await settle();
});

it('starts as many as may start at once, one of each group, and each that is ready makes room for another', async () => {
  expect(startedSoFar()).toEqual(['v#1', 'w#1']);
  processOf('w#1').ready();
  await settle();
  expect(startedSoFar()).toEqual(['v#1', 'w#1', 'v#2']);
});

it('has the first at work while others wait for their turn', async () => {
  processOf('w#1').ready();
  await settle();
  expect(tools.broker.consumersOf('worker_w')).toHaveLength(1);
});

it('starts all of them, however long each takes', async () => {
  await tools.clock.advance(1_000);
  expect(startedSoFar().toSorted()).toEqual(['v#1', 'v#2', 'v#3', 'w#1', 'w#2']);
});

it('replaces one that dies at once, without another turn', async () => {
  processOf('w#1').ready();
  await settle();
  processOf('w#1').dies('was killed by SIGKILL');
  await settle();
  expect(startedSoFar()).toEqual(['v#1', 'w#1', 'v#2', 'w#1']);
});

it('that is stopped starts none of those that still wait', async () => {
  const stopped = pool.stop();
  await settle();
  for (const process of [...processes]) process.dies('exited with code 0');
  await stopped;
  await tools.clock.advance(1_000);
  expect(startedSoFar()).toEqual(['v#1', 'w#1']);
});
