// The sweep, where something that it needs is gone, dead, or no queue at all.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { internalDeclarations, UNROUTABLE, workerDeclarations } from '../../../src/broker/topology.ts';
import { Sweep } from '../../../src/dispatcher/sweep.ts';
import { setAside } from '../../../src/handling/keep.ts';
import { later } from '../../../src/handling/later.ts';
import { ending } from '../../support/fake-broker.ts';
import { fakeTools, message } from '../../support/fake-tools.ts';
import { SETTINGS } from './fake-desk.ts';

const HELD = { isOpen: true };
let tools: Omit<ReturnType<typeof fakeTools>, 'broker'> & { readonly broker: MemoryBroker };
let server: MemoryServer;
/** What was published there where trouble is. */
let tried: Outgoing[];

beforeEach(async () => {
  const fake = fakeTools('dispatcher');
  server = createMemoryServer({ clock: fake.clock });
  tools = { ...fake, broker: createMemoryBroker(server, { name: 'memory' }) };
  tried = [];
  await tools.broker.start();
  await tools.broker.declare(internalDeclarations());
  await tools.broker.declare(workerDeclarations('w', null));
  new Sweep(tools, { ...SETTINGS, unroutableTtlMs: 600_000 }).start();
});

const passing = (ms: number): Promise<void> => tools.clock.crawl(ms);
const waiting = (queue: string): number => server.queueInfo(queue)?.messages ?? -1;
const workitem = (messageId: string) => message('body', { properties: { messageId }, headers: { 'tq-type': 'w' } });

/** What is published to this queue, or exchange, ends so from now on. */
function trouble(place: string, outcome: Promise<PublishOutcome>): void {
  const { publish } = tools.broker;
  tools.broker.publish = (outgoing) => {
    if ((outgoing.exchange || outgoing.routingKey) !== place) return publish.call(tools.broker, outgoing);
    tried.push(outgoing);
    return outcome;
  };
}

describe('a delay level whose queue somebody deletes', () => {
  it('comes back, and what was to wait there waits for what is left of its time', async () => {
    server.deleteQueue('taskqueue.delay.11');
    await tools.broker.publish(later(workitem('m'), 'worker_w', 3_000_000)); // 2^11 s, and more
    expect([waiting(UNROUTABLE), waiting('taskqueue.delay.11')]).toEqual([1, -1]);
    await passing(61_000);
    expect([waiting(UNROUTABLE), waiting('taskqueue.delay.11'), waiting('worker_w')]).toEqual([0, 1, 0]);
    await passing(2_900_000);
    expect(waiting('worker_w')).toBe(0);
    await passing(100_000);
    expect(waiting('worker_w')).toBe(1);
    expect(tools.lines.filter(({ message: line }) => line.startsWith('a delay level was gone'))).toHaveLength(1);
  });

  it('is tried ever more seldom where it confirms nothing then: each time may make a duplicate', async () => {
    const outgoing = later(workitem('m'), 'worker_w', 3_000_000);
    server.deleteQueue('taskqueue.delay.11');
    await tools.broker.publish(outgoing);
    trouble(outgoing.exchange, new Promise(() => undefined));
    await passing(2 * 3_600_000);
    expect(tried.length).toBeGreaterThan(4);
    expect(tried.length).toBeLessThan(10);
    expect([waiting(UNROUTABLE), waiting('worker_w')]).toEqual([1, 0]);
  });

  it('where it cannot be made again, what was to wait there moves on', async () => {
    server.deleteQueue('taskqueue.delay.4');
    await tools.broker.publish(later(workitem('m'), 'worker_w', 16_000));
    tools.broker.declare = async () => ({ kind: 'refused', reason: 'no permission' });
    await passing(61_000);
    expect([waiting(UNROUTABLE), waiting('worker_w')]).toEqual([0, 1]);
  });
});

describe('while the queue of all results confirms nothing', () => {
  beforeEach(async () => {
    trouble('results', new Promise(() => undefined));
    for (const id of ['a', 'b']) {
      await setAside(tools, HELD, workitem(id), { reason: 'unroutable', error: '', queue: 'worker_x' });
      tools.orders.cancel(id);
    }
    await setAside(tools, HELD, workitem('c'), { reason: 'unroutable', error: '', queue: 'worker_w' });
  });

  it('what is cancelled stays, and all else moves on', async () => {
    await passing(61_000);
    expect([waiting(UNROUTABLE), waiting('worker_w')]).toEqual([2, 1]);
    expect(tools.seen.map(({ kind }) => kind)).toEqual(['routed']);
  });

  it('that one is tried again ever more seldom: each time may make a duplicate', async () => {
    await passing(2 * 3_600_000);
    expect(tried.length).toBeGreaterThan(4);
    expect(tried.length).toBeLessThan(20);
  });
});

describe('a result for a direct reply', () => {
  const ADDRESS = 'amq.rabbitmq.reply-to.g1h2.abc';
  const result = message('done', { headers: { 'tq-status': 'finished' } });
  const why = { reason: 'undeliverable-result', error: '', queue: ADDRESS, extra: { 'tq-kind': 'result' } } as const;

  it('is tried again, as one that need not reach a queue', async () => {
    trouble(ADDRESS, Promise.resolve({ kind: 'confirmed' }));
    await setAside(tools, HELD, result, why);
    await passing(61_000);
    expect(waiting(UNROUTABLE)).toBe(0);
    expect(tried).toMatchObject([{ exchange: '', mandatory: false, body: Buffer.from('done') }]);
  });

  it('is dropped where its reader is gone', async () => {
    trouble(ADDRESS, Promise.resolve(ending('returned')));
    await setAside(tools, HELD, result, why);
    await passing(61_000);
    expect([waiting(UNROUTABLE), tried.length]).toEqual([0, 1]);
    expect(tools.lines.at(-1)?.message).toBe('dropped a result: nobody listens at its address');
  });
});
