// Cancelled workitems that the dispatcher comes upon: in `taskqueue`, and set aside in `taskqueue.unroutable`.
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../../../src/broker/memory/server.ts';
import { DEAD, sharedQueue, TASKQUEUE, UNROUTABLE, workerDeclarations } from '../../../src/broker/topology.ts';
import { Dispatcher, type DispatcherSettings } from '../../../src/dispatcher/dispatcher.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import { RPC_CODE } from '../../../src/workitem/json-rpc/codes.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { CONFIRMED, ending } from '../../support/fake-broker.ts';
import { type FakeTools, message } from '../../support/fake-tools.ts';
import { connectTo } from '../../support/memory-client.ts';
import { SETTINGS as DEFAULTS, type FakeDesk, fakeDesk, forwarded } from './fake-desk.ts';

const SETTINGS: DispatcherSettings = {
  ...DEFAULTS,
  maxMessageSize: 100_000,
  workerTypeOf: () => Promise.reject(new Error('nobody is to be asked')),
  resultsKeyOf: (type) => (type === 'w' ? 'results of w' : 'results'),
};
const TEXT = { error: 'cancelled by ada: no longer wanted', trace: '' };
const workitem = (more: Partial<Message> = {}): Message =>
  message('body', { ...more, properties: { messageId: 'm', ...more.properties } });

let desk: FakeDesk;
let tools: FakeTools;

beforeEach(() => {
  desk = fakeDesk(SETTINGS);
  tools = desk.tools;
});

describe('a cancelled workitem in taskqueue', () => {
  beforeEach(() => tools.orders.cancel('m'));

  it('is not moved on: its result is confirmed, and only then is it acknowledged', async () => {
    const properties = { replyTo: 'mine', correlationId: 'c' };
    await forwarded(desk, workitem({ properties, headers: { 'tq-type': 'w', traceparent: '00-1' } }));
    expect(tools.broker.journal).toEqual(['publish mine', 'confirmed mine', `ack ${TASKQUEUE}`]);
    const [result] = tools.broker.published;
    expect(JSON.parse(String(result?.body))).toEqual(TEXT);
    expect(result).toMatchObject({
      properties: { correlationId: 'c', contentType: 'application/json' },
      headers: { 'tq-status': 'cancelled', 'tq-id': 'm', 'tq-type': 'w', 'tq-attempt': 1, traceparent: '00-1' },
    });
    const run = result?.headers['tq-run'];
    expect(tools.seen).toMatchObject([{ kind: 'cancelled', id: 'm', type: 'w', run, error: TEXT.error }]);
  });

  it.each<[string, Partial<Message>, string]>([
    ['a header', { headers: { 'tq-type': 'w' } }, 'results of w'],
    ['its body', { body: Buffer.from('{"worker_type":"w"}') }, 'results of w'],
    ['its large body', { body: Buffer.from(`{"x":"${'x'.repeat(70_000)}","worker_type":"w"}`) }, 'results of w'],
    ['a format of a plugin', { properties: { contentType: 'application/x-plugin' } }, 'results'],
    ['nothing at all', {}, 'results'],
  ])('whose type is told by %s is reported where results of that type go', async (_, more, queue) => {
    const delivery = await forwarded(desk, workitem(more));
    expect(tools.broker.published.map(({ routingKey }) => routingKey)).toEqual([queue]);
    expect(delivery.end).toBe('acked');
  });

  it('that speaks JSON-RPC is answered in it, and a notification is not', async () => {
    const call = { jsonrpc: '2.0', method: 'math.add', params: [5, 6], id: 7 };
    const { id: _, ...notification } = call;
    const properties = { contentType: 'application/json-rpc', replyTo: 'mine' };
    for (const body of [call, notification]) {
      await forwarded(desk, workitem({ properties, body: Buffer.from(JSON.stringify(body)) }));
    }
    const answers = tools.broker.published.map(({ body }) => JSON.parse(String(body)));
    const error = { code: RPC_CODE.cancelled, message: TEXT.error };
    expect(answers).toMatchObject([{ jsonrpc: '2.0', id: 7, error }]);
    expect(tools.seen.map(({ kind }) => kind)).toEqual(['cancelled', 'cancelled']);
  });

  it('is reported nowhere where results go nowhere', async () => {
    desk.settings = { ...SETTINGS, resultsKeyOf: () => '' };
    const delivery = await forwarded(desk, workitem());
    expect([tools.broker.published, delivery.end, tools.seen[0]?.kind]).toEqual([[], 'acked', 'cancelled']);
  });

  it('is cancelled also where it is due later, or came again and again', async () => {
    await forwarded(desk, workitem({ headers: { 'tq-type': 'w', 'tq-due': tools.clock.now() + 5_000 } }));
    await forwarded(desk, workitem({ headers: { 'tq-type': 'w', 'x-delivery-count': 49 } }), true);
    expect(tools.broker.published.map(({ headers }) => headers['tq-status'])).toEqual(['cancelled', 'cancelled']);
  });

  it('is parked all the same where its sender must not be told', async () => {
    await forwarded(desk, workitem({ properties: { replyTo: 'worker_w' } }));
    expect(tools.broker.published.map(({ routingKey }) => routingKey)).toEqual([DEAD]);
  });

  it('stays with the broker where its delivery is gone before the result is confirmed', async () => {
    const sent = workitem({ headers: { 'tq-type': 'w' } });
    const delivery = tools.broker.delivery(TASKQUEUE, sent);
    tools.broker.answer = () => {
      delivery.lose();
      return ending('unknown');
    };
    const isKept = forward(desk, delivery);
    await tools.clock.advance(1_000);
    expect([await isKept, delivery.end, tools.seen]).toEqual([false, null, []]);
  });

  it('waits aside for the sweep where its result is for a queue that confirms nothing', async () => {
    tools.broker.become('connected');
    const forEver = new Promise<never>(() => undefined);
    tools.broker.answer = ({ routingKey }) => (routingKey === 'results of w' ? forEver : CONFIRMED);
    const delivery = await forwarded(desk, workitem({ headers: { 'tq-type': 'w' } }));
    expect([delivery.end, tools.seen]).toEqual(['acked', []]);
    const [aside] = tools.broker.publishedTo(UNROUTABLE);
    expect(aside?.headers).toMatchObject({ 'tq-queue': 'worker_w', 'tq-type': 'w' });
    expect(aside?.headers).not.toHaveProperty('tq-kind');
  });

  it('whose delivery is gone is not said to be cancelled: the broker brings it again', async () => {
    desk.settings = { ...SETTINGS, resultsKeyOf: () => '' };
    const delivery = tools.broker.delivery(TASKQUEUE, workitem());
    delivery.lose();
    expect([await forward(desk, delivery), tools.seen]).toEqual([false, []]);
  });

  it('has its results queue made where somebody has deleted it, and its result kept where that does not help', async () => {
    let tries = 0;
    tools.broker.answer = ({ routingKey }) =>
      routingKey === 'results' && tries++ < 1 ? ending('returned') : CONFIRMED;
    await forwarded(desk, workitem());
    expect([...tools.broker.declaredQueues]).toContain('results');
    expect(tools.broker.publishedTo('results')).toHaveLength(2);
    tools.broker.answer = ({ routingKey }) => (routingKey === 'mine' ? ending('returned') : CONFIRMED);
    await forwarded(desk, workitem({ properties: { replyTo: 'mine' } }));
    expect(tools.broker.publishedTo(UNROUTABLE)).toMatchObject([
      { headers: { 'tq-kind': 'result', 'tq-status': 'cancelled', 'tq-queue': 'mine' } },
    ]);
  });
});

describe('on the embedded broker', () => {
  let server: MemoryServer;
  let dispatcher: Dispatcher;
  const waiting = (queue: string): number => server.queueInfo(queue)?.messages ?? 0;
  const passing = (ms: number): Promise<void> => tools.clock.crawl(ms);
  const send = async (sent: Message): Promise<void> => {
    const broker = await connectTo(server, 'sender');
    for (const queue of [TASKQUEUE, 'mine', 'results']) await broker.declare(sharedQueue(queue, null));
    await broker.publish({ ...sent, exchange: '', routingKey: TASKQUEUE, mandatory: true });
    await passing(1);
  };

  beforeEach(async () => {
    server = createMemoryServer({ clock: tools.clock });
    const broker = createMemoryBroker(server, { name: 'dispatcher' });
    dispatcher = new Dispatcher({ ...tools, broker }, SETTINGS);
    await dispatcher.start();
  });

  it('what is set aside ends within half a minute of its cancel, and what is not cancelled stays', async () => {
    for (const messageId of ['a', 'b']) {
      await send(workitem({ properties: { messageId, replyTo: 'mine' }, headers: { 'tq-type': 'w' } }));
    }
    expect(waiting(UNROUTABLE)).toBe(2);
    tools.orders.cancel('a');
    await passing(31_000);
    expect([waiting(UNROUTABLE), waiting('mine')]).toEqual([1, 1]);
    expect(tools.seen).toContainEqual(
      expect.objectContaining({ kind: 'cancelled', id: 'a', type: 'w', error: TEXT.error }),
    );
  });

  it('a result that is set aside is none of that: its workitem was done', async () => {
    await send(workitem({ properties: { replyTo: 'gone' }, headers: { 'tq-type': 'w' } }));
    const run = (tools.seen[0] as { run: string }).run;
    tools.orders.cancel('m');
    await passing(31_000);
    expect([waiting(UNROUTABLE), tools.seen.at(-1)?.kind]).toEqual([1, 'cancelled']); // its own result, for nobody
    tools.orders.cancel(run);
    await passing(61_000);
    expect(waiting(UNROUTABLE)).toBe(1);
  });

  it('what anybody has put aside, to be answered in a queue of ours, is answered elsewhere', async () => {
    const broker = await connectTo(server, 'anybody');
    const odd = workitem({ properties: { replyTo: 'worker_w' }, headers: { 'tq-type': 'w' } });
    await broker.publish({ ...odd, exchange: '', routingKey: UNROUTABLE, mandatory: true });
    tools.orders.cancel('m');
    await passing(31_000);
    expect([waiting(UNROUTABLE), waiting('worker_w'), waiting('results of w')]).toEqual([0, 0, 1]);
  });

  it('a paused type is forwarded to as ever: its queue keeps what comes', async () => {
    const broker = await connectTo(server, 'pool');
    await broker.declare(workerDeclarations('w', null));
    tools.orders.pause('w');
    await send(workitem({ headers: { 'tq-type': 'w' } }));
    expect(waiting('worker_w')).toBe(1);
  });
});
