// Nothing is passed round beside a workitem that takes long: not by an instance that has another consumer by now than the one
// that brought it. Worker processes are in the hands of the test.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { connectTo } from '../../support/memory-client.ts';
import { forgetProcesses, processOf, readyPool } from './fake-worker-process.ts';
import { planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let sender: MemoryBroker;
/** How often the pool has published to a worker queue. */
let passed: number;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await tools.clock.advance(0);
};

async function start(...plans: readonly GroupPlan[]): Promise<void> {
  const server = createMemoryServer({ clock: tools.clock });
  const broker = createMemoryBroker(server, { name: 'pool' });
  sender = await connectTo(server, 'sender');
  const publish = broker.publish.bind(broker);
  broker.publish = (outgoing, priority) => {
    if (outgoing.routingKey.startsWith('worker_')) passed++;
    return publish(outgoing, priority);
  };
  await readyPool({ ...tools, broker }, plans);
  await settle();
}

async function send(queue: string, id: string, headers = {}): Promise<void> {
  const message = workitem('{}', { headers, properties: { messageId: id } });
  await sender.publish({ ...message, exchange: '', routingKey: queue, mandatory: true });
  await settle();
}

const passedWithin = async (ms: number): Promise<number> => {
  const before = passed;
  await tools.clock.crawl(ms);
  return passed - before;
};

/** Nothing comes here to be passed on; and when the present workitem is done, the next one begins. */
async function expectPatience(instance: string): Promise<void> {
  const begun = processOf(instance).jobs.length;
  expect(await passedWithin(5_000)).toBe(0);
  expect(processOf(instance).jobs).toHaveLength(begun);
  processOf(instance).finishes();
  await settle();
  expect(processOf(instance).jobs).toHaveLength(begun + 1);
}

beforeEach(() => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  passed = 0;
});

describe('nothing is passed round beside a workitem that takes long', () => {
  it('and ran alone for its first minute', async () => {
    await start(planFor('w'));
    await send('worker_w', 'long', { 'tq-redeliveries': 3 });
    await send('worker_w', 'next');
    await tools.clock.crawl(61_000);
    await expectPatience('w#1');
  });

  it('and for which another one was awaited in vain', async () => {
    await start(planFor('w'), planFor('v'));
    await send('worker_v', 'long');
    await send('worker_w', 'alone', { 'tq-redeliveries': 3, 'tq-postponed': 1 });
    await send('worker_v', 'next');
    await tools.clock.crawl(11_000);
    await expectPatience('v#1');
  });

  it('and whose type was paused and resumed meanwhile', async () => {
    await start(planFor('w'));
    await send('worker_w', 'long');
    tools.orders.pause('w');
    tools.orders.resume('w');
    await settle();
    await send('worker_w', 'next');
    await expectPatience('w#1');
  });
});

describe('nor beside a suspect', () => {
  it('that is the first of its process, after another suspect has brought down the one before', async () => {
    await start(planFor('w', 1, { concurrency: 2 }));
    await send('worker_w', 'suspect', { 'tq-suspect': 1 });
    processOf('w#1').dies();
    await settle();
    await tools.clock.crawl(10);
    await send('worker_w', 'other suspect', { 'tq-suspect': 1 });
    processOf('w#1').ready();
    await settle();
    await send('worker_w', 'next');
    await expectPatience('w#1');
  });

  it('that was read ahead, behind one that turned out to be slow', async () => {
    await start(planFor('w'));
    for (let number = 0; number < 30; number++) {
      await send('worker_w', `quick ${number}`);
      processOf('w#1').finishes();
      await settle();
    }
    await send('worker_w', 'slow');
    await send('worker_w', 'suspect', { 'tq-suspect': 1, 'tq-postponed': 2 });
    await tools.clock.crawl(7_000);
    processOf('w#1').finishes();
    await settle();
    expect(processOf('w#1').jobs).toHaveLength(32);
    await send('worker_w', 'next');
    await expectPatience('w#1');
  });
});
