// Cancel and pause from end to end on the embedded broker: dispatcher, delay levels, pool; worker processes are in the hands
// of the test, and so is time.
import { beforeEach, expect, it } from 'vitest';
import type { Delivery, Outgoing } from '../../../src/broker/broker.ts';
import type { MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { internalDeclarations, sharedQueue, TASKQUEUE, workerDeclarations } from '../../../src/broker/topology.ts';
import type { WorkerOptions } from '../../../src/config/config.ts';
import { Dispatcher } from '../../../src/dispatcher/dispatcher.ts';
import type { FakeOrders } from '../../support/fake-orders.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { connectTo } from '../../support/memory-client.ts';
import { SETTINGS } from '../dispatcher/fake-desk.ts';
import { type FakeWorkerProcess, forgetProcesses, processes, processOf, readyPool } from './fake-worker-process.ts';
import { planFor } from './fixtures.ts';

let tools: FakeTools;
let orders: FakeOrders;
let server: MemoryServer;
let sender: MemoryBroker;
let results: Outgoing['headers'][];

const waiting = (queue: string): number => server.queueInfo(queue)?.messages ?? 0;
const statuses = (): string[] => results.map((headers) => `${headers['tq-id']} ${headers['tq-status']}`);

const connected = (name: string): Promise<MemoryBroker> => connectTo(server, name);

const passing = (ms: number): Promise<void> => tools.clock.crawl(ms);

async function startPool(options: Partial<WorkerOptions> = {}): Promise<MemoryBroker> {
  const broker = await connected('pool');
  await readyPool({ ...tools, broker }, [planFor('w', 1, options)]);
  await passing(1);
  return broker;
}

const send = (id: string, headers: Outgoing['headers'] = {}): Promise<unknown> =>
  sender.publish({
    exchange: '',
    routingKey: TASKQUEUE,
    mandatory: true,
    properties: { messageId: id },
    headers: { 'tq-type': 'w', ...headers },
    body: Buffer.from('{}'),
  });

/** Whatever it is given from now on, it finishes in a while. */
function isDiligent(process: FakeWorkerProcess): void {
  const before = process.send.bind(process);
  process.send = (frame) => {
    if (frame.kind === 'work') setImmediate(() => process.finishes(frame.job));
    return before(frame);
  };
}

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools();
  orders = tools.orders;
  server = createMemoryServer({ clock: tools.clock });
  sender = await connected('sender');
  for (const queue of [TASKQUEUE, 'results']) await sender.declare(sharedQueue(queue, null));
  await sender.declare(internalDeclarations());
  await sender.declare(workerDeclarations('w', null));
  results = [];
  const onDelivery = ({ message }: Delivery): void => void results.push(message.headers);
  sender.consume({ queue: 'results', declarations: sharedQueue('results', null), prefetch: 1_000, onDelivery });
  await new Dispatcher({ ...tools, broker: await connected('dispatcher') }, SETTINGS).start();
});

it('what waits in its queue when it is cancelled ends when its turn comes, in a pool that starts later', async () => {
  for (const id of ['a', 'b', 'c']) await send(id);
  await passing(1);
  expect(waiting('worker_w')).toBe(3);
  orders.cancel('b');
  await startPool();
  isDiligent(processOf('w#1'));
  processOf('w#1').finishes();
  await passing(1_000);
  expect(statuses().toSorted()).toEqual(['a finished', 'b cancelled', 'c finished']);
  expect(processOf('w#1').jobs).toHaveLength(2);
});

it('what is delayed when it is cancelled ends when it comes back, and not before', async () => {
  await startPool();
  await send('a', { 'tq-due': tools.clock.now() + 10_000 });
  await passing(1_000);
  orders.cancel('a');
  await passing(8_000);
  expect(statuses()).toEqual([]);
  await passing(2_000);
  expect([statuses(), processOf('w#1').jobs]).toEqual([['a cancelled'], []]);
});

it('what waits for its next attempt when it is cancelled has none', async () => {
  await startPool({ maxAttempts: 3, retryDelayMs: 5_000 });
  await send('a');
  await passing(1);
  const failure = { error: 'it broke', trace: '' };
  processOf('w#1').concludes({ kind: 'threw', failure, contentType: 'application/json' });
  await passing(500);
  orders.cancel('a');
  await passing(10_000);
  expect(statuses()).toEqual(['a cancelled']);
  expect([results[0]?.['tq-attempt'], processOf('w#1').jobs.length]).toEqual([2, 1]);
});

it('what runs when it is cancelled, and loses its connection before it has ended, has one outcome', async () => {
  const broker = await startPool();
  await send('a');
  await passing(1);
  orders.cancel('a');
  broker.cut();
  processOf('w#1').finishes();
  await passing(2_000);
  expect([statuses(), waiting('worker_w'), processes.flatMap(({ jobs }) => jobs)]).toEqual([['a cancelled'], 0, [1]]);
});

it('a backlog of a paused type stays in its queue, untouched, and is worked on in order once it is resumed', async () => {
  await startPool();
  orders.pause('w');
  const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
  for (const id of ids) await send(id);
  await passing(60_000);
  expect([waiting('worker_w'), processOf('w#1').jobs]).toEqual([20, []]);
  isDiligent(processOf('w#1'));
  orders.resume('w');
  await passing(1_000);
  expect(statuses()).toEqual(ids.map((id) => `${id} finished`));
});

it('a type that is paused in full swing goes on where it was: nothing twice, nothing lost, nothing counted', async () => {
  await startPool({ concurrency: 2 });
  isDiligent(processOf('w#1'));
  const ids = Array.from({ length: 100 }, (_, n) => `m${n}`);
  for (const id of ids) await send(id);
  for (let round = 0; statuses().length < ids.length && round < 200; round++) {
    orders.pause('w');
    await passing(1);
    const [before, given] = [statuses().length, processOf('w#1').jobs.length];
    await passing(1_000);
    expect([statuses().length - before, processOf('w#1').jobs.length]).toEqual([0, given]);
    orders.resume('w');
    await tools.clock.advance(0);
  }
  expect(statuses().toSorted()).toEqual(ids.map((id) => `${id} finished`).toSorted());
  const given = processOf('w#1').sent.flatMap((frame) => (frame.kind === 'work' ? [frame] : []));
  expect(given).toHaveLength(ids.length);
  for (const { envelope } of given) expect(envelope.headers['tq-redeliveries'] ?? 0).toBe(0);
});

it('a pause with an end that is over while the pool is away has no effect on it', async () => {
  orders.pause('w', 5_000);
  await send('a');
  await passing(6_000);
  await startPool();
  processOf('w#1').finishes();
  await passing(500);
  expect(statuses()).toEqual(['a finished']);
});
