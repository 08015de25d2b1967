// The sweep at work on the embedded broker, with time that tests turn.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, Outgoing } from '../../../src/broker/broker.ts';
import { NOTHING } from '../../../src/broker/declarations.ts';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { DEAD, internalDeclarations, UNROUTABLE, workerDeclarations } from '../../../src/broker/topology.ts';
import { Sweep } from '../../../src/dispatcher/sweep.ts';
import { setAside } from '../../../src/handling/keep.ts';
import { fakeTools, message } from '../../support/fake-tools.ts';
import { SETTINGS } from './fake-desk.ts';

const TTL_MS = 600_000;
const FULL = { 'x-max-length': 0, 'x-overflow': 'reject-publish' };

let tools: Omit<ReturnType<typeof fakeTools>, 'broker'> & { readonly broker: MemoryBroker };
let server: MemoryServer;
let sweep: Sweep;

beforeEach(async () => {
  const fake = fakeTools('dispatcher');
  server = createMemoryServer({ clock: fake.clock });
  tools = { ...fake, broker: createMemoryBroker(server, { name: 'memory' }) };
  await tools.broker.start();
  await tools.broker.declare(internalDeclarations());
  sweep = new Sweep(tools, { ...SETTINGS, unroutableTtlMs: TTL_MS });
  sweep.start();
});

const passing = (ms: number): Promise<void> => tools.clock.crawl(ms);
const waiting = (queue: string): number => server.queueInfo(queue)?.messages ?? -1;
const declare = (queue: string, args = {}): unknown =>
  tools.broker.declare({ ...NOTHING, queues: [{ queue, arguments: args }] });

async function aside(queue: string, headers: Outgoing['headers'] = {}): Promise<void> {
  const workitem = message('body', { properties: { messageId: 'm' }, headers: { 'tq-run': 'run', ...headers } });
  const isResult = headers['tq-kind'] === 'result';
  const reason = isResult ? 'undeliverable-result' : 'unroutable';
  const extra = isResult ? { 'tq-kind': 'result' } : {};
  await setAside(tools, { isOpen: true }, workitem, { reason, error: 'no queue', queue, extra });
  sweep.awaits(queue);
}

async function contents(queue: string): Promise<Delivery[]> {
  const got: Delivery[] = [];
  const onDelivery = (delivery: Delivery): void => void got.push(delivery);
  const consumer = tools.broker.consume({ queue, declarations: NOTHING, prefetch: 1_000, onDelivery });
  await passing(1);
  await consumer.stop();
  return got;
}

describe('what waits in taskqueue.unroutable', () => {
  it('moves on within half a minute after its queue has come, without its story', async () => {
    await aside('worker_w', { 'tq-type': 'w', mine: 1 });
    await passing(120_000);
    expect(waiting(UNROUTABLE)).toBe(1);
    await tools.broker.declare(workerDeclarations('w', null));
    await passing(30_000);
    expect(waiting(UNROUTABLE)).toBe(0);
    const [moved] = await contents('worker_w');
    expect(Object.keys(moved?.message.headers ?? {}).toSorted()).toEqual(
      ['mine', 'tq-accepted', 'tq-queued', 'tq-run', 'tq-type'].toSorted(),
    );
    expect(tools.seen).toMatchObject([{ kind: 'routed', id: 'm', run: 'run', type: 'w', queue: 'worker_w' }]);
  });

  it('does not wait for what waits beside it', async () => {
    for (let n = 0; n < 150; n++) await aside(`worker_none${n}`);
    await aside('worker_w');
    for (let n = 0; n < 150; n++) await aside(`worker_none${n}`);
    await tools.broker.declare(workerDeclarations('w', null));
    await passing(60_000);
    expect([waiting(UNROUTABLE), waiting('worker_w')]).toEqual([300, 1]);
  });

  it('is parked once unroutable_ttl is over, counted from when it was set aside', async () => {
    await aside('worker_w', { 'tq-type': 'w' });
    await passing(TTL_MS - 60_000);
    expect(waiting(UNROUTABLE)).toBe(1);
    await passing(120_000);
    expect(waiting(UNROUTABLE)).toBe(0);
    const [parked] = await contents(DEAD);
    expect(parked?.message.headers).toMatchObject({
      'tq-reason': 'unroutable',
      'tq-queue': 'worker_w',
      'tq-run': 'run',
      'tq-error': 'there was no queue worker_w for longer than unroutable_ttl',
    });
    expect(tools.seen).toMatchObject([{ kind: 'parked', id: 'm', type: 'w', reason: 'unroutable', isReported: false }]);
  });

  it.each<[string, string, unknown]>([
    ['application/json', '{}', { error: expect.stringContaining('no queue worker_w'), trace: '' }],
    [
      'application/json-rpc',
      '{"jsonrpc":"2.0","method":"w.f","id":7}',
      { jsonrpc: '2.0', error: { code: -32601, message: expect.stringContaining('no queue worker_w') }, id: 7 },
    ],
  ])('is told to its sender when it is parked, in %s', async (contentType, body, answer) => {
    await declare('mine');
    const workitem = message(body, { properties: { messageId: 'm', contentType, replyTo: 'mine' } });
    await setAside(tools, { isOpen: true }, workitem, { reason: 'unroutable', error: 'no queue', queue: 'worker_w' });
    await passing(TTL_MS + 120_000);
    const [told] = await contents('mine');
    expect(JSON.parse(String(told?.message.body))).toEqual(answer);
    expect(told?.message.headers).toMatchObject({ 'tq-status': 'failed', 'tq-reason': 'unroutable', 'tq-type': 'w' });
    const [parked] = await contents(DEAD);
    expect(parked?.message.headers).toMatchObject({ 'tq-reported': true, 'tq-run': told?.message.headers['tq-run'] });
    expect(tools.seen).toMatchObject([{ kind: 'parked', isReported: true }]);
  });

  it('is parked as well where its queue is there but has refused it all that time', async () => {
    await declare('worker_w', FULL);
    await aside('worker_w');
    await passing(60_000);
    expect(waiting(UNROUTABLE)).toBe(1);
    await passing(TTL_MS + 120_000);
    expect([waiting(UNROUTABLE), waiting(DEAD)]).toEqual([0, 1]);
  });

  it('by itself, from the delay levels, is found by its type and gets a story', async () => {
    const lost = message('body', { headers: { 'tq-type': 'w', 'tq-run': 'run' } });
    await tools.broker.publish({ ...lost, exchange: '', routingKey: UNROUTABLE, mandatory: true });
    await passing(40_000);
    const [kept] = await contents(UNROUTABLE);
    expect(kept?.message.headers).toMatchObject({ 'tq-reason': 'unroutable', 'tq-queue': 'worker_w' });
    kept?.requeue();
    await tools.broker.declare(workerDeclarations('w', null));
    await passing(60_000);
    expect(waiting('worker_w')).toBe(1);
    expect(tools.seen.map(({ kind }) => kind)).toEqual(['unroutable', 'routed']);
  });

  it('and says nothing of where it belongs is parked in the end', async () => {
    await tools.broker.publish({ ...message('?'), exchange: '', routingKey: UNROUTABLE, mandatory: true });
    await passing(TTL_MS + 120_000);
    expect([waiting(UNROUTABLE), waiting(DEAD)]).toEqual([0, 1]);
  });
});

describe('a result in taskqueue.unroutable', () => {
  const RESULT = { 'tq-kind': 'result' };

  it('goes to its reply queue when that comes back, as the result that it was', async () => {
    await aside('mine', RESULT);
    await declare('mine');
    await passing(30_000);
    const [result] = await contents('mine');
    expect(result?.message.body.toString()).toBe('body');
    expect(Object.keys(result?.message.headers ?? {})).not.toContain('tq-kind');
    expect(Object.keys(result?.message.headers ?? {})).not.toContain('tq-queued');
    expect(tools.seen).toEqual([]); // its workitem has ended long ago
  });

  it('is dropped where its reply queue stays away, and parked as a result where that refuses it', async () => {
    await declare('full', FULL);
    await aside('gone', RESULT);
    await aside('full', RESULT);
    await passing(TTL_MS + 120_000);
    expect(waiting(UNROUTABLE)).toBe(0);
    const parked = await contents(DEAD);
    expect(parked.map(({ message: { headers } }) => [headers['tq-queue'], headers['tq-kind']])).toEqual([
      ['full', 'result'],
    ]);
  });
});

describe('a sweep', () => {
  it('tries a queue that cannot be asked for: another connection may own it', async () => {
    await declare('mine');
    const ask = tools.broker.queueInfo.bind(tools.broker);
    tools.broker.queueInfo = async (queue) => {
      if (queue === 'mine') throw new Error('RESOURCE_LOCKED');
      return ask(queue);
    };
    await aside('mine', { 'tq-kind': 'result' });
    await passing(60_000);
    expect([waiting(UNROUTABLE), waiting('mine')]).toEqual([0, 1]);
  });

  it('loses nothing when its connection is cut in the midst of a walk', async () => {
    for (let n = 0; n < 20; n++) await aside('worker_w');
    await tools.broker.declare(workerDeclarations('w', null));
    let cuts = 0;
    const publish = tools.broker.publish.bind(tools.broker);
    tools.broker.publish = async (outgoing) => {
      if (cuts++ === 7) tools.broker.cut();
      return publish(outgoing);
    };
    await passing(300_000);
    expect(waiting(UNROUTABLE)).toBe(0);
    expect(waiting('worker_w')).toBeGreaterThanOrEqual(20);
  });

  it('asks for no more than a thousand queues, whatever names senders think up', async () => {
    let asked = 0;
    const ask = tools.broker.queueInfo.bind(tools.broker);
    tools.broker.queueInfo = async (queue) => {
      asked++;
      return ask(queue);
    };
    await aside('worker_w');
    for (let n = 0; n < 5_000; n++) sweep.awaits(`worker_${n}`);
    await passing(30_000);
    await sweep.stop();
    expect(asked).toBeLessThan(1_100);
  });

  it('that is stopped leaves no timer and no consumer behind', async () => {
    await aside('worker_w');
    await passing(30_000);
    await sweep.stop();
    expect(server.queueInfo(UNROUTABLE)?.consumers).toBe(0);
    expect(tools.clock.pending).toBe(0);
  });
});
