// A plugin that has reported its workitem as finished, and whose process ends before it says so to the pool. Worker processes
// and broker are in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import type { PublishOutcome } from '../../../src/broker/broker.ts';
import { DEAD } from '../../../src/broker/topology.ts';
import { CONFIRMED, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { type FakeWorkerProcess, forgetProcesses, processOf, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let process: FakeWorkerProcess;
let delivery: FakeDelivery;
let confirm: (outcome: PublishOutcome) => void;
const settle = (): Promise<void> => tools.clock.advance(0);
const statuses = (): unknown[] => tools.broker.publishedTo('results').map(({ headers }) => headers['tq-status']);

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  await readyPool(tools, [planFor('w', 1, { taskTimeoutMs: 1_000, killTimeoutMs: 1_000 })]);
  process = processOf('w#1');
  tools.broker.answer = () => new Promise((resolve) => (confirm = resolve));
  delivery = tools.broker.deliver('worker_w', workitem('{}', { headers: { 'tq-crashes': 2 } }));
  const [job = 0] = process.jobs;
  process.says({ kind: 'publish', job, call: 1, target: null, status: 'finished', properties: {}, headers: {} });
  await settle();
});

it.each([
  ['since its time is over', () => tools.clock.advance(2_000)],
  ['for the last time', settle],
])('has one outcome, the first: %s', async (_, wait) => {
  await wait();
  process.dies();
  await settle();
  expect(delivery.end).toBeNull();
  confirm(CONFIRMED);
  await settle();
  expect([statuses(), delivery.end, tools.broker.publishedTo(DEAD)]).toEqual([['finished'], 'acked', []]);
  expect(tools.seen.at(-1)).toMatchObject({ kind: 'finished' });
});

it('has no other outcome either where somebody cancels it while it is being reported', async () => {
  tools.orders.cancel('m');
  await tools.clock.advance(1_000); // kill_timeout
  expect(process.killed).toContain('was cancelled');
  process.dies();
  await settle();
  confirm(CONFIRMED);
  await settle();
  expect([statuses(), delivery.end]).toEqual([['finished'], 'acked']);
});

it('has failed where only somebody else was told', async () => {
  await readyPool(tools, [planFor('v', 1, { taskTimeoutMs: 1_000, killTimeoutMs: 1_000 })]);
  tools.broker.answer = () => CONFIRMED;
  const other = tools.broker.deliver('worker_v', workitem());
  process = processOf('v#1');
  const [job = 0] = process.jobs;
  const target = { exchange: '', routingKey: 'audit' };
  process.says({ kind: 'publish', job, call: 1, target, status: 'finished', properties: {}, headers: {} });
  await tools.clock.advance(2_000);
  process.dies();
  await settle();
  expect([statuses(), other.end]).toEqual([['finished', 'failed'], 'acked']);
});
