// A plugin's own report while the connection is lost: on the memory broker, with worker processes in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import { sharedQueue } from '../../../src/broker/topology.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { connectTo } from '../../support/memory-client.ts';
import { type FakeWorkerProcess, forgetProcesses, processOf, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let broker: MemoryBroker;
let process: FakeWorkerProcess;
let results: string[];
/** Each message takes a few turns of the event loop from one end to the other. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await tools.clock.advance(0);
};

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  const server = createMemoryServer({ clock: tools.clock });
  broker = createMemoryBroker(server, { name: 'pool' });
  const other = await connectTo(server, 'other');
  await readyPool({ ...tools, broker }, [planFor('w')]);
  process = processOf('w#1');
  results = [];
  other.consume({
    queue: 'results',
    declarations: sharedQueue('results', null),
    prefetch: 10,
    onDelivery: (delivery) => results.push(String(delivery.message.headers['tq-status'])),
  });
  await other.publish({ ...workitem(), exchange: '', routingKey: 'worker_w', mandatory: true });
  await settle();
});

function reports(status: 'finished' | 'failed'): void {
  const [job = 0] = process.jobs;
  process.says({ kind: 'publish', job, call: 1, target: null, status, properties: {}, headers: {} });
}
const threw = (contentType: string | null): void => {
  process.concludes({ kind: 'threw', failure: { error: 'its report was refused', trace: '' }, contentType });
};
const lost = (): (() => void) => {
  let reconnect: () => void = () => undefined;
  broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
  return reconnect;
};

it('that cannot be made is no failure of a finished workitem: it runs again', async () => {
  const reconnect = lost();
  reports('finished');
  await settle();
  expect(process.answers).toEqual([expect.stringContaining('delivery of this workitem is gone')]);
  threw('application/json');
  await settle();
  reconnect();
  await settle();
  expect([results, process.jobs.length]).toEqual([[], 2]);
  process.finishes();
  await settle();
  expect(results).toEqual(['finished']);
});

it('nor where the connection is back before the handler has ended', async () => {
  const reconnect = lost();
  reports('finished');
  await settle();
  reconnect();
  await settle();
  threw('application/json');
  await settle();
  expect([results, process.jobs.length]).toEqual([[], 2]);
});

it('that cannot be made of one that has failed is made by the pool', async () => {
  const reconnect = lost();
  reports('failed');
  await settle();
  threw('application/json');
  await settle();
  reconnect();
  await settle();
  expect([results, process.jobs.length]).toEqual([['failed'], 1]);
});
