// A broker that takes its time to end a consumer, while more than one thing waits for that end. Worker processes and broker
// are in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import { deferred } from '../../../src/core/deferred.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeConsumer } from '../../support/fake-broker.ts';
import type { FakeOrders } from '../../support/fake-orders.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processes, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let orders: FakeOrders;
let pool: Pool;
const settle = (): Promise<void> => tools.clock.advance(0);

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  orders = tools.orders;
});

async function started(options: Parameters<typeof planFor>[2] = {}): Promise<void> {
  pool = await readyPool(tools, [planFor('w', 1, options)]);
}

/** The broker answers the goodbye of the present consumer when what this returns is called. */
function slowly(): () => void {
  const answered = deferred<void>();
  const [consumer] = tools.broker.consumersOf('worker_w') as [FakeConsumer];
  const stop = consumer.stop.bind(consumer);
  consumer.stop = () => stop().then(() => answered.promise);
  return () => answered.resolve();
}

it('a pool that stops just after a pause ends its idle processes in their own way, and waits for no deadline', async () => {
  await started();
  const answer = slowly();
  orders.pause('w');
  void pool.stop();
  await settle();
  expect(processes[0]?.sent).toEqual([]);
  answer();
  await settle();
  expect([processes[0]?.sent, processes[0]?.killed]).toEqual([[{ kind: 'stop' }], undefined]);
});

it('a worn process whose successor is ready just after a pause ends, and is not kept for ever', async () => {
  await started({ maxTasks: 1 });
  tools.broker.deliver('worker_w', workitem());
  processes[0]?.finishes();
  await settle();
  const answer = slowly();
  orders.pause('w');
  processes[1]?.ready();
  await settle();
  answer();
  await settle();
  expect(processes[0]?.sent.at(-1)).toEqual({ kind: 'stop' });
});
