// What the contract suite can't ask for: lost connections, order, and copies. The rest is in test/contract.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../src/broker/broker.ts';
import { createMemoryBroker } from '../../../../src/broker/memory/broker.ts';
import { connectTo } from '../../../support/memory-client.ts';
import { broker, collect, passing, queues, server, setUp, texts, to } from './embedded.ts';

beforeEach(setUp);

describe('deliveries', () => {
  it('are never handed over inside publish, consume or ack', async () => {
    const { got } = collect('q', 1);
    void broker.publish(to('q', '1'));
    void broker.publish(to('q', '2'));
    expect(got).toHaveLength(0);
    await passing();
    expect(got).toHaveLength(1);
    got[0]?.ack();
    expect(got).toHaveLength(1);
    await passing();
    expect(texts(got)).toEqual(['1', '2']);
  });

  it('go round between the consumers of a queue', async () => {
    const [a, b, c] = [collect('q'), collect('q'), collect('q')];
    for (const text of ['1', '2', '3', '4', '5', '6']) await broker.publish(to('q', text));
    await passing();
    expect([a, b, c].map(({ got }) => texts(got).length)).toEqual([2, 2, 2]);
  });

  it('pass over a consumer that holds as many as it may', async () => {
    const [full, free] = [collect('q', 1), collect('q', 10)];
    for (const text of ['1', '2', '3', '4']) await broker.publish(to('q', text));
    await passing();
    expect([full.got.length, free.got.length]).toEqual([1, 3]);
  });

  it('that are requeued come again at their old place, in any order of requeuing', async () => {
    const { got, consumer } = collect('q', 3);
    for (const text of ['1', '2', '3', '4', '5']) await broker.publish(to('q', text));
    await passing();
    await consumer.stop();
    for (const n of [1, 0, 2]) got[n]?.requeue();
    const again = collect('q');
    await passing();
    expect(texts(again.got)).toEqual(['1', '2', '3', '4', '5']);
    expect(again.got.map(({ redelivered }) => redelivered)).toEqual([true, true, true, false, false]);
  });

  it('share nothing with the publisher, nor with each other', async () => {
    await broker.declare(queues('q'));
    const headers = { list: [1], bytes: Buffer.from('ab') };
    const outgoing = to('q', 'body', { headers });
    await broker.publish(outgoing);
    outgoing.body.fill(0);
    headers.list.push(2);
    headers.bytes.fill(0);
    const { got } = collect('q');
    await passing();
    expect(got[0]?.message).toEqual({
      properties: {},
      headers: { list: [1], bytes: Buffer.from('ab') },
      body: Buffer.from('body'),
    });
    got[0]?.message.body.fill(0);
    (got[0] as Delivery & { message: { headers: { list: number[] } } }).message.headers.list.push(3);
    got[0]?.requeue();
    await passing();
    expect(got[1]?.message.body.toString()).toBe('body');
    expect(got[1]?.message.headers.list).toEqual([1]);
  });

  it('of thousands that are acknowledged at once do not hold up everything else', async () => {
    const order: string[] = [];
    broker.consume({
      queue: 'q',
      declarations: queues('q'),
      prefetch: 1,
      onDelivery: (delivery) => {
        order.push('delivery');
        delivery.ack();
      },
    });
    for (let n = 0; n < 1_000; n++) void broker.publish(to('q', 'x'));
    setImmediate(() => setImmediate(() => order.push('somebody else')));
    while (order.length < 1_001) await passing();
    expect(order.indexOf('somebody else')).toBeLessThan(500);
  });
});

describe('a connection that is cut', () => {
  it('loses all that it had on loan, which comes again in order', async () => {
    const { got, consumer } = collect('q', 2);
    for (const text of ['1', '2', '3']) await broker.publish(to('q', text));
    await passing();
    const [one, two] = got.splice(0);
    one?.ack();
    broker.cut();
    expect([one?.isOpen, two?.isOpen, two?.ack(), two?.requeue()]).toEqual([false, false, false, false]);
    expect(consumer.isConsuming).toBe(false);
    expect(broker.status).toEqual({ state: 'waiting', host: 'memory', problem: 'the connection was cut' });
    await passing();
    expect(broker.status.state).toBe('connected');
    expect(texts(got)).toEqual(['2', '3']);
    expect(got.map(({ redelivered, isOpen }) => [redelivered, isOpen])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('leaves the fate of what is being published unknown, though it may be stored', async () => {
    await broker.declare(queues('q'));
    const publishing = broker.publish(to('q', 'x'));
    broker.cut();
    expect(await publishing).toEqual({ kind: 'unknown', reason: 'the connection was cut' });
    await passing();
    expect(await broker.queueInfo('q')).toEqual({ messages: 1, consumers: 0 });
  });

  it('stays away for as long as it is told; nothing can be asked meanwhile, and others are not concerned', async () => {
    const other = await connectTo(server, 'other');
    const { got } = collect('q');
    let comeBack = (): void => undefined;
    broker.cut(new Promise<void>((resolve) => (comeBack = resolve)));
    await passing();
    expect(await broker.publish(to('q', 'x'))).toMatchObject({ kind: 'unknown' });
    expect(await broker.declare(queues('r'))).toMatchObject({ kind: 'unknown' });
    await expect(broker.queueInfo('q')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await other.publish(to('q', 'y'))).toEqual({ kind: 'confirmed' });
    expect(got).toHaveLength(0);
    const connected = broker.untilConnected(new AbortController().signal);
    comeBack();
    await connected;
    await passing();
    expect(texts(got)).toEqual(['y']);
  });

  it('ends the patience of whoever waits for it with the last problem', async () => {
    broker.cut(new Promise(() => undefined));
    const stop = new AbortController();
    const waiting = broker.untilConnected(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'the connection was cut' });
  });

  it('does not come back once its broker object is stopped', async () => {
    broker.cut();
    await broker.stop();
    await passing();
    expect(broker.status.state).toBe('stopped');
  });
});

describe('a consumer', () => {
  it('whose queue is deleted makes it again, and takes no notice of what it had from the old one', async () => {
    const { got, consumer } = collect('q', 1);
    await broker.publish(to('q', 'old'));
    await passing();
    server.deleteQueue('q');
    expect(consumer.isConsuming).toBe(false);
    await passing();
    await broker.publish(to('q', 'new'));
    await passing();
    expect(texts(got)).toEqual(['old', 'new']);
    got[0]?.requeue();
    await broker.publish(to('q', 'newer'));
    await passing();
    expect(got).toHaveLength(2); // its prefetch is taken by `new`
    got[1]?.ack();
    await passing();
    expect(texts(got)).toEqual(['old', 'new', 'newer']);
  });

  it('that was asked for before the broker was started begins with it', async () => {
    const late = createMemoryBroker(server, { name: 'late' });
    const { got } = collect('q', 1, late);
    await broker.declare(queues('q'));
    await broker.publish(to('q', 'x'));
    await passing();
    expect(got).toHaveLength(0);
    await late.start();
    await passing();
    expect(texts(got)).toEqual(['x']);
  });

  it('that can never be set up does not disturb new queues', async () => {
    const impossible = { ...queues('a'), bindings: [{ source: 'none', pattern: '', destination: { queue: 'a' } }] };
    const consumer = broker.consume({
      queue: 'never',
      declarations: impossible,
      prefetch: 1,
      onDelivery: () => undefined,
    });
    expect(await broker.declare(queues('b'))).toEqual({ kind: 'declared' });
    expect(consumer.isConsuming).toBe(false);
    await broker.declare(queues('never'));
    expect(consumer.isConsuming).toBe(true);
  });
});
