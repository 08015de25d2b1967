import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeclareOutcome } from '../../../src/broker/broker.ts';
import { DEAD, isDelayQueue, TASKQUEUE } from '../../../src/broker/topology.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { Dispatcher } from '../../../src/dispatcher/dispatcher.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { CONFIRMED, ending } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';
import { SETTINGS } from './fake-desk.ts';

let tools: FakeTools;
let dispatcher: Dispatcher;
const workitem = (body: string | Buffer = 'body'): Message => message(body, { headers: { 'tq-type': 'w' } });

beforeEach(() => {
  tools = fakeTools('dispatcher');
  dispatcher = new Dispatcher(tools, { ...SETTINGS, maxMessageSize: 1_000_000, queueType: 'quorum' });
});

const settle = (): Promise<void> => tools.clock.advance(0);

describe('a dispatcher', () => {
  it('declares what is its own, with the queue type that is configured', async () => {
    await dispatcher.start();
    const { declarations } = tools.broker.consumersOf(TASKQUEUE)[0]?.options ?? {};
    expect(declarations?.queues).toContainEqual({ queue: TASKQUEUE, arguments: { 'x-queue-type': 'quorum' } });
    expect(declarations?.queues.map(({ queue }) => queue)).toContain(DEAD);
  });

  it('consumes though the broker says nothing about a queue that delays go through, and tells which one', async () => {
    const reason = 'the broker gave no answer within 20 seconds about queue taskqueue.delay.27';
    tools.broker.declareAnswer = { kind: 'unknown', reason };
    await dispatcher.start();
    const [consumer] = tools.broker.consumersOf(TASKQUEUE);
    expect(consumer?.options.declarations.queues.filter(({ queue }) => isDelayQueue(queue))).toEqual([]);
    expect([...tools.broker.declaredQueues].filter(isDelayQueue)).toHaveLength(29);
    expect(tools.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { reason } }));
  });

  it('sees to those queues before it consumes, and again with each new connection', async () => {
    const seen = deferred<DeclareOutcome>();
    const declare = vi.spyOn(tools.broker, 'declare').mockReturnValueOnce(seen.promise);
    const started = dispatcher.start();
    await settle();
    expect(tools.broker.consumers).toEqual([]);
    seen.resolve({ kind: 'declared' });
    await started;
    expect(tools.broker.consumersOf(TASKQUEUE)).toHaveLength(1);
    tools.broker.become('waiting');
    tools.broker.become('connected');
    expect(declare).toHaveBeenCalledTimes(2);
  });

  it('forwards, and counts what found its place', async () => {
    await dispatcher.start();
    tools.broker.deliver(TASKQUEUE, workitem());
    expect(dispatcher.inFlight).toBe(1);
    await settle();
    expect([dispatcher.inFlight, dispatcher.forwarded]).toEqual([0, 1]);
  });

  it('does not count what the broker has taken back', async () => {
    await dispatcher.start();
    tools.broker.answer = () => ending('unknown');
    tools.broker.deliver(TASKQUEUE, workitem()).lose();
    await tools.clock.advance(5_000);
    expect([dispatcher.inFlight, dispatcher.forwarded]).toEqual([0, 0]);
  });

  it('holds few messages at once while it meets big or redelivered ones, and many again later', async () => {
    await dispatcher.start();
    const [consumer] = tools.broker.consumersOf(TASKQUEUE);
    expect(consumer?.prefetch).toBe(500);
    tools.broker.deliver(TASKQUEUE, workitem(), true);
    expect(consumer?.prefetch).toBe(10);
    await tools.clock.advance(30_000);
    tools.broker.deliver(TASKQUEUE, workitem());
    expect(consumer?.prefetch).toBe(500);
    tools.broker.deliver(TASKQUEUE, workitem(Buffer.alloc(300_000)));
    expect(consumer?.prefetch).toBe(10);
  });

  it('works with new settings from a reload on', async () => {
    await dispatcher.start();
    dispatcher.reconfigure({ ...SETTINGS, maxMessageSize: 1 });
    tools.broker.deliver(TASKQUEUE, workitem('two'));
    await settle();
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'too-large' });
  });
});

describe('a mistake of ours', () => {
  const asked = message('?', { properties: { contentType: 'application/x-plugin' }, headers: { 'tq-kind': 'result' } });

  it('parks the workitem that it happened at, and nobody else is troubled', async () => {
    await dispatcher.start();
    tools.broker.answer = ({ routingKey }) => {
      if (routingKey === 'worker_asked') throw new RangeError('a mistake');
      return CONFIRMED;
    };
    const delivery = tools.broker.deliver(TASKQUEUE, asked);
    await settle();
    expect(delivery.end).toBe('acked');
    const [parked] = tools.broker.publishedTo(DEAD);
    expect(parked?.headers).toMatchObject({ 'tq-error': 'could not be forwarded: a mistake' });
    expect(parked?.headers).not.toHaveProperty('tq-kind');
    expect(tools.seen).toMatchObject([
      { kind: 'parked', reason: 'invalid', error: 'could not be forwarded: a mistake' },
    ]);
  });

  it('that keeps it from being parked as well hands it back, but not in a tight loop', async () => {
    await dispatcher.start();
    tools.broker.answer = () => {
      throw new RangeError('a mistake');
    };
    const delivery = tools.broker.deliver(TASKQUEUE, workitem());
    await tools.clock.advance(4_999);
    expect(delivery.end).toBeNull();
    await tools.clock.advance(1);
    expect(delivery.end).toBe('requeued');
    expect(dispatcher.inFlight).toBe(0);
  });
});

describe('stopping', () => {
  it('takes no more, and waits for what is open', async () => {
    await dispatcher.start();
    let confirm: () => void = () => undefined;
    tools.broker.answer = () => new Promise((resolve) => (confirm = () => resolve(CONFIRMED)));
    tools.broker.deliver(TASKQUEUE, workitem());
    await settle();
    const stopped = dispatcher.stop();
    await settle();
    expect(tools.broker.stops).toBe(0);
    confirm();
    await stopped;
    expect(tools.broker.journal).toEqual([
      'publish worker_w',
      `stop ${TASKQUEUE}`,
      'confirmed worker_w',
      `ack ${TASKQUEUE}`,
    ]);
    expect(tools.broker.stops).toBe(1);
    expect(tools.clock.pending).toBe(0);
  });

  it('does not wait longer than five seconds for a broker that confirms nothing', async () => {
    await dispatcher.start();
    tools.broker.answer = () => new Promise(() => undefined);
    tools.broker.deliver(TASKQUEUE, workitem());
    const stopped = dispatcher.stop();
    await tools.clock.advance(5_000);
    await stopped;
    expect(tools.broker.stops).toBe(1);
  });

  it('before the start is legal', async () => {
    await dispatcher.stop();
    expect(tools.broker.stops).toBe(1);
  });

  it('during the start leaves nothing running', async () => {
    const started = dispatcher.start();
    await dispatcher.stop();
    await started;
    expect(tools.broker.consumers).toEqual([]);
    expect(tools.clock.pending).toBe(0);
  });
});
