// What both adaptors of the broker port must keep: run by `amqp.test.ts` against a real RabbitMQ and by
// `memory.test.ts` in process. Everything goes through the port; only what other programs do to a broker (delete a
// queue) comes from the setup. Waiting means waiting for a message: an absence is proved by what comes after it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Broker, ConsumeOptions, Consumer, Delivery, Outgoing } from '../../src/broker/broker.ts';
import { type Declarations, NOTHING } from '../../src/broker/declarations.ts';
import {
  DEAD,
  delayRoute,
  internalDeclarations,
  sharedQueue,
  UNROUTABLE,
  workerDeclarations,
  workerQueue,
} from '../../src/broker/topology.ts';
import { Inbox } from './inbox.ts';

export interface ContractServer {
  /** A broker on this server, started and connected. All brokers of one server share its queues. */
  connect(name: string): Promise<Broker>;
  /** As another program would. */
  deleteQueue(queue: string): Promise<void>;
  /** Ends the server, and whatever brokers are still connected. */
  stop(): Promise<void>;
}

/** How long delay level 0 holds a message here. */
const UNIT_MS = 100;

/** Slow machines are no failures; what is lost shows up as a timeout. */
const PATIENCE = { timeout: 20_000 };

export function brokerContract(name: string, setup: () => Promise<ContractServer>): void {
  describe(`the broker port, kept by ${name}`, PATIENCE, () => {
    let server: ContractServer;
    let broker: Broker;
    let names = 0;

    beforeAll(async () => {
      server = await setup();
      broker = await server.connect('contract');
    }, 60_000);

    afterAll(async () => {
      await broker?.stop();
      await server?.stop();
    }, 30_000);

    /** A name that no other test uses. */
    const fresh = (what = 'queue'): string => `contract_${what}_${++names}`;

    async function freshQueue(args: Readonly<Record<string, string | number>> = {}): Promise<string> {
      const queue = fresh();
      expect(await broker.declare(queueOf(queue, args))).toEqual({ kind: 'declared' });
      return queue;
    }

    /** Consumes into an inbox, until the test's end. */
    function consume(queue: string, options: Partial<ConsumeOptions> = {}): { inbox: Inbox; consumer: Consumer } {
      const inbox = new Inbox();
      const consumer = broker.consume({
        queue,
        declarations: NOTHING,
        prefetch: 100,
        onDelivery: (delivery) => inbox.put(delivery),
        ...options,
      });
      return { inbox, consumer };
    }

    const texts = (deliveries: readonly Delivery[]): string[] => deliveries.map((one) => one.message.body.toString());

    describe('publish', () => {
      test('is confirmed once the queue has the message', async () => {
        const queue = await freshQueue();
        expect(await broker.publish(outgoing(queue, 'hello'))).toEqual({ kind: 'confirmed' });
        expect(await broker.queueInfo(queue)).toEqual({ messages: 1, consumers: 0 });
      });

      test('is returned where it is mandatory and no queue takes it', async () => {
        const outcome = await broker.publish(outgoing(fresh('nowhere'), 'lost'));
        expect(outcome).toEqual({ kind: 'returned', reason: expect.stringMatching(/./) });
      });

      test('is confirmed where no queue takes it and nobody minds', async () => {
        const outcome = await broker.publish({ ...outgoing(fresh('nowhere'), 'lost'), mandatory: false });
        expect(outcome).toEqual({ kind: 'confirmed' });
      });

      test('tells returned ones from confirmed ones among many in flight', async () => {
        const queue = await freshQueue();
        const nowhere = fresh('nowhere');
        const wanted = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? 'returned' : 'confirmed'));
        const outcomes = await Promise.all(
          wanted.map((kind, n) => broker.publish(outgoing(kind === 'returned' ? nowhere : queue, `${n}`))),
        );
        expect(outcomes.map((one) => one.kind)).toEqual(wanted);
      });

      test('is refused where the exchange does not exist, and its neighbours in flight are not harmed', async () => {
        const queue = await freshQueue();
        const exchange = fresh('exchange');
        const bad: Outgoing = { ...outgoing('any', 'x'), exchange };
        const outcomes = await Promise.all([
          broker.publish(outgoing(queue, '1')),
          broker.publish(bad),
          broker.publish(outgoing(queue, '2')),
          broker.publish(outgoing(fresh('nowhere'), '3')),
          broker.publish(bad),
        ]);
        expect(outcomes.map((one) => one.kind)).toEqual(['confirmed', 'refused', 'confirmed', 'returned', 'refused']);
        expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining(exchange) });
        expect(await broker.publish(outgoing(queue, '4'))).toEqual({ kind: 'confirmed' });
      });

      test('is refused where a full queue takes no more', async () => {
        const queue = await freshQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
        expect(await broker.publish(outgoing(queue, '1'))).toEqual({ kind: 'confirmed' });
        const outcome = await broker.publish(outgoing(queue, '2'));
        expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(/./) });
      });

      test.each<[string, Partial<Outgoing>]>([
        ['200 KiB of headers', { headers: { big: 'x'.repeat(200 * 1024) } }],
        ['a header that is not a number', { headers: { n: Number.NaN } }],
        ['a header that AMQP has no type for', { headers: { f: () => undefined } }],
        ['an undefined in a list', { headers: { list: [undefined] } }],
        ['a header name of 256 bytes', { headers: { ['n'.repeat(256)]: 1 } }],
        ['a routing key of 256 bytes', { routingKey: 'k'.repeat(256) }],
        ['a message id of 256 bytes', { properties: { messageId: 'ä'.repeat(128) } }],
        ['a priority above 255', { properties: { priority: 256 } }],
      ])('is unwritable with %s', async (_, flaw) => {
        const queue = await freshQueue();
        const outcome = await broker.publish({ ...outgoing(queue, 'x'), ...flaw });
        expect(outcome).toEqual({ kind: 'unwritable', reason: expect.stringMatching(/./) });
        expect(await broker.queueInfo(queue)).toMatchObject({ messages: 0 });
      });

      test('takes what an exchange with an alternate exchange cannot route to the alternate one', async () => {
        const [queue, kept, main] = [await freshQueue(), fresh('kept'), fresh('main')];
        await broker.declare({
          exchanges: [
            { exchange: kept, type: 'fanout', arguments: {} },
            { exchange: main, type: 'topic', arguments: { 'alternate-exchange': kept } },
          ],
          queues: [],
          bindings: [{ source: kept, pattern: '', destination: { queue } }],
        });
        const outcome = await broker.publish({ ...outgoing('no.such.thing', 'kept'), exchange: main });
        expect(outcome).toEqual({ kind: 'confirmed' });
        expect(texts(await consume(queue).inbox.take(1))).toEqual(['kept']);
      });
    });

    describe('a message', () => {
      test('arrives with every property and its body, byte for byte', async () => {
        const queue = await freshQueue();
        const properties = {
          contentType: 'application/json; charset=utf-8',
          contentEncoding: 'identity',
          deliveryMode: 2,
          priority: 3,
          correlationId: 'corr-ä',
          replyTo: 'answers',
          expiration: '600000',
          messageId: 'id-1',
          timestamp: 1_700_000_000,
          type: 'kind',
          appId: 'app',
        };
        const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
        await broker.publish({ ...outgoing(queue, ''), properties, body });
        const [delivery] = await consume(queue).inbox.take(1);
        expect(delivery?.message.properties).toStrictEqual(properties);
        expect(delivery?.message.body.equals(body)).toBe(true);
        expect(delivery?.queue).toBe(queue);
      });

      test('without properties, headers and body arrives without them', async () => {
        const queue = await freshQueue();
        await broker.publish({ ...outgoing(queue, ''), properties: {}, headers: {} });
        const [delivery] = await consume(queue).inbox.take(1);
        expect(delivery?.message).toStrictEqual({ properties: {}, headers: {}, body: Buffer.alloc(0) });
      });

      test('arrives with header values of every kind as they were', async () => {
        const queue = await freshQueue();
        const headers = {
          text: 'grün \u{1f600}',
          empty: '',
          zero: 0,
          byte: -5,
          int: 70_000,
          long: 2 ** 52,
          negative: -(2 ** 40),
          fraction: 1.5,
          yes: true,
          no: false,
          nothing: null,
          bytes: Buffer.from([0, 255, 1]),
          list: [1, 'two', [3, { four: 4 }], null],
          table: { a: { b: { c: [true] } }, '': 'empty name' },
          when: { '!': 'timestamp', value: 1_700_000_000 },
        };
        await broker.publish({ ...outgoing(queue, 'x'), headers });
        const [delivery] = await consume(queue).inbox.take(1);
        expect(delivery?.message.headers).toEqual(headers);
      });

      test('keeps nothing in headers but own keys, and loses its undefined ones', async () => {
        const queue = await freshQueue();
        const headers = JSON.parse('{"a":{"__proto__":{"inherited":1}},"__proto__":{"inherited":1},"b":2}');
        await broker.publish({ ...outgoing(queue, 'x'), headers: { ...headers, gone: undefined } });
        const [delivery] = await consume(queue).inbox.take(1);
        const received = delivery?.message.headers as { a?: { inherited?: number }; inherited?: number; b?: number };
        expect(received.b).toBe(2);
        expect(received.inherited).toBeUndefined();
        expect(received.a?.inherited).toBeUndefined();
        expect('gone' in received).toBe(false);
      });

      test('of 3 MiB arrives whole', async () => {
        const queue = await freshQueue();
        const body = Buffer.alloc(3 * 1024 * 1024, 'abcdefg');
        expect(await broker.publish({ ...outgoing(queue, ''), body })).toEqual({ kind: 'confirmed' });
        const [delivery] = await consume(queue).inbox.take(1);
        expect(delivery?.message.body.equals(body)).toBe(true);
      });

      test('follows those that were published before it', async () => {
        const queue = await freshQueue();
        const numbers = Array.from({ length: 500 }, (_, n) => `${n}`);
        const { inbox } = consume(queue, { prefetch: 500 });
        await Promise.all(numbers.map((n) => broker.publish(outgoing(queue, n))));
        expect(texts(await inbox.take(500))).toEqual(numbers);
      });
    });

    describe('a delivery', () => {
      test('that is acknowledged never comes back', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2']);
        const first = consume(queue, { prefetch: 1 });
        const [one] = await first.inbox.take(1);
        expect(one?.isOpen).toBe(true);
        expect(one?.ack()).toBe(true);
        expect(one?.isOpen).toBe(false);
        const [two] = await first.inbox.take(1);
        await first.consumer.stop();
        two?.requeue();
        expect(texts(await consume(queue).inbox.take(1))).toEqual(['2']);
      });

      test('that is requeued comes again, as redelivered', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['again']);
        const { inbox } = consume(queue);
        const [first] = await inbox.take(1);
        expect(first?.redelivered).toBe(false);
        expect(first?.requeue()).toBe(true);
        const [second] = await inbox.take(1);
        expect(second?.redelivered).toBe(true);
        expect(second?.message.body.toString()).toBe('again');
        expect(second?.ack()).toBe(true);
      });

      test('is settled once: a second time does nothing', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2']);
        const { inbox } = consume(queue);
        const [one, two] = await inbox.take(2);
        expect([one?.ack(), one?.ack(), one?.requeue()]).toEqual([true, false, false]);
        expect([two?.requeue(), two?.requeue(), two?.ack()]).toEqual([true, false, false]);
        const [again] = await inbox.take(1);
        expect(again?.message.body.toString()).toBe('2');
        expect(again?.ack()).toBe(true);
      });

      test('may be acknowledged in any order', async () => {
        const queue = await freshQueue();
        const numbers = Array.from({ length: 30 }, (_, n) => `${n}`);
        await publishAll(queue, numbers);
        const { inbox, consumer } = consume(queue, { prefetch: 30 });
        const deliveries = await inbox.take(30);
        const kept = deliveries.filter((_, n) => n % 7 === 0);
        for (const one of deliveries.toReversed()) if (!kept.includes(one)) expect(one.ack()).toBe(true);
        await consumer.stop();
        for (const one of kept) expect(one.requeue()).toBe(true);
        const left = texts(await consume(queue).inbox.take(kept.length));
        expect(left.toSorted()).toEqual(texts(kept).toSorted());
        expect(await broker.queueInfo(queue)).toMatchObject({ messages: 0 });
      });

      test('goes to another consumer once its own broker has stopped', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['mine']);
        const other = await server.connect('short-lived');
        const inbox = new Inbox();
        other.consume({ queue, declarations: NOTHING, prefetch: 1, onDelivery: (delivery) => inbox.put(delivery) });
        const [lent] = await inbox.take(1);
        await other.stop();
        expect(lent?.isOpen).toBe(false);
        expect([lent?.ack(), lent?.requeue()]).toEqual([false, false]);
        const [back] = await consume(queue).inbox.take(1);
        expect(back?.redelivered).toBe(true);
      });

      test('that was acknowledged just before its broker stopped does not come again', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2', '3']);
        const other = await server.connect('short-lived');
        const inbox = new Inbox();
        other.consume({ queue, declarations: NOTHING, prefetch: 3, onDelivery: (delivery) => inbox.put(delivery) });
        const [one, , three] = await inbox.take(3);
        expect([one?.ack(), three?.ack()]).toEqual([true, true]);
        await other.stop();
        const [left] = await consume(queue).inbox.take(1);
        expect(left?.message.body.toString()).toBe('2');
        expect(await broker.queueInfo(queue)).toMatchObject({ messages: 0 });
      });
    });

    describe('a consumer', () => {
      test('makes what it declares, and consumes', async () => {
        const queue = fresh();
        const { inbox, consumer } = consume(queue, { declarations: queueOf(queue) });
        await until(async () => (await broker.queueInfo(queue))?.consumers === 1);
        expect(consumer.isConsuming).toBe(true);
        await broker.publish(outgoing(queue, 'x'));
        expect(texts(await inbox.take(1))).toEqual(['x']);
      });

      test('holds no more unsettled deliveries than its prefetch', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2', '3', '4', '5']);
        const { inbox } = consume(queue, { prefetch: 2 });
        const [one, two] = await inbox.take(2);
        expect(await broker.queueInfo(queue)).toEqual({ messages: 3, consumers: 1 });
        expect(inbox.size).toBe(0);
        one?.ack();
        expect(texts(await inbox.take(1))).toEqual(['3']);
        expect(inbox.size).toBe(0);
        two?.ack();
        expect(texts(await inbox.take(1))).toEqual(['4']);
      });

      test('holds more after its prefetch was raised', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2', '3', '4', '5']);
        const { inbox, consumer } = consume(queue, { prefetch: 1 });
        const [one] = await inbox.take(1);
        consumer.setPrefetch(4);
        one?.ack();
        expect(texts(await inbox.take(4))).toEqual(['2', '3', '4', '5']);
        expect(consumer.isConsuming).toBe(true);
      });

      test('holds fewer after its prefetch was lowered', async () => {
        const queue = await freshQueue();
        const { inbox, consumer } = consume(queue, { prefetch: 10 });
        await publishAll(queue, ['warm']);
        (await inbox.take(1))[0]?.ack();
        consumer.setPrefetch(5);
        consumer.setPrefetch(1);
        // Until then, the old prefetch may still hold: nothing says when the new one is in force, but that it will be.
        await until(async () => {
          await publishAll(queue, ['1', '2', '3']);
          const isLowered = (await broker.queueInfo(queue))?.messages === 2;
          for (let left = 3; left > 0; left--) (await inbox.take(1))[0]?.ack();
          return isLowered;
        });
      });

      test('that is stopped gets nothing more, and can still settle what it has', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2']);
        const { inbox, consumer } = consume(queue);
        const [one, two] = await inbox.take(2);
        await consumer.stop();
        await consumer.stop();
        expect(consumer.isConsuming).toBe(false);
        await publishAll(queue, ['3']);
        expect(one?.isOpen).toBe(true);
        expect(one?.ack()).toBe(true);
        expect(two?.requeue()).toBe(true);
        const left = await consume(queue).inbox.take(2);
        expect(texts(left).toSorted()).toEqual(['2', '3']);
        expect(inbox.size).toBe(0);
      });

      test('goes on after somebody deleted its queue', async () => {
        const queue = fresh();
        const { inbox, consumer } = consume(queue, { declarations: queueOf(queue) });
        await until(() => consumer.isConsuming);
        await publishAll(queue, ['before']);
        const [before] = await inbox.take(1);
        await server.deleteQueue(queue);
        await until(async () => (await broker.queueInfo(queue))?.consumers === 1);
        await publishAll(queue, ['after']);
        expect(texts(await inbox.take(1))).toEqual(['after']);
        before?.ack(); // to a queue that is gone: whatever it says, it must harm nobody
        await publishAll(queue, ['still']);
        expect(texts(await inbox.take(1))).toEqual(['still']);
      });

      test('of a queue that is not there begins once it is, and the others do not mind', async () => {
        const [missing, there] = [fresh('missing'), await freshQueue()];
        const early = consume(missing);
        const other = consume(there);
        await publishAll(there, ['1']);
        const [one] = await other.inbox.take(1);
        expect(early.consumer.isConsuming).toBe(false);
        await broker.declare(queueOf(missing));
        await publishAll(missing, ['late']);
        expect(texts(await early.inbox.take(1))).toEqual(['late']);
        expect(one?.ack()).toBe(true);
      });

      test('shares its queue with consumers of other brokers', async () => {
        const queue = await freshQueue();
        const other = await server.connect('second');
        const [mine, theirs] = [consume(queue, { prefetch: 1 }), new Inbox()];
        other.consume({ queue, declarations: NOTHING, prefetch: 1, onDelivery: (delivery) => theirs.put(delivery) });
        await until(async () => (await broker.queueInfo(queue))?.consumers === 2);
        await publishAll(queue, ['1', '2']);
        const both = [...(await mine.inbox.take(1)), ...(await theirs.take(1))];
        expect(texts(both).toSorted()).toEqual(['1', '2']);
        await other.stop();
      });
    });

    describe('declare', () => {
      test('may be repeated', async () => {
        const queue = fresh();
        const declarations = boundQueue(queue, fresh('exchange'));
        expect(await broker.declare(declarations)).toEqual({ kind: 'declared' });
        expect(await broker.declare(declarations)).toEqual({ kind: 'declared' });
      });

      test('leaves a queue that exists with other arguments as it is', async () => {
        const queue = await freshQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
        expect(await broker.declare(queueOf(queue))).toEqual({ kind: 'declared' });
        await broker.publish(outgoing(queue, '1'));
        expect(await broker.publish(outgoing(queue, '2'))).toMatchObject({ kind: 'refused' });
      });

      test('binds, so that what is published to the exchange is in the queue', async () => {
        const [queue, exchange] = [fresh(), fresh('exchange')];
        await broker.declare(boundQueue(queue, exchange));
        expect(await broker.publish({ ...outgoing('a.b.c', 'x'), exchange })).toEqual({ kind: 'confirmed' });
        expect(await broker.publish({ ...outgoing('b.b.c', 'x'), exchange })).toMatchObject({ kind: 'returned' });
        expect(texts(await consume(queue).inbox.take(1))).toEqual(['x']);
      });

      test('is refused where a binding leads from an exchange that is not there', async () => {
        const queue = await freshQueue();
        const outcome = await broker.declare({
          ...NOTHING,
          bindings: [{ source: fresh('exchange'), pattern: '#', destination: { queue } }],
        });
        expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(/./) });
      });
    });

    describe('queueInfo', () => {
      test('knows nothing of a queue that is not there', async () => {
        expect(await broker.queueInfo(fresh())).toBeUndefined();
      });

      test('counts what is ready and who consumes', async () => {
        const queue = await freshQueue();
        await publishAll(queue, ['1', '2', '3']);
        const { inbox } = consume(queue, { prefetch: 1 });
        await inbox.take(1);
        expect(await broker.queueInfo(queue)).toEqual({ messages: 2, consumers: 1 });
      });
    });

    describe('the delay levels', () => {
      test('hold a message for its delay and then bring it to its worker queue, short ones first', async () => {
        const type = fresh('type');
        const queue = workerQueue(type);
        expect(await broker.declare(internalDeclarations(UNIT_MS))).toEqual({ kind: 'declared' });
        expect(await broker.declare(workerDeclarations(type, null))).toEqual({ kind: 'declared' });
        const { inbox } = consume(queue);
        const started = Date.now();
        const arrived = new Map<string, number>();
        inbox.onPut = (delivery) => arrived.set(delivery.message.body.toString(), Date.now() - started);
        for (const units of [5, 4, 3, 2, 1]) {
          const outcome = await broker.publish({ ...outgoing('', `${units}`), ...delayRoute(units, queue) });
          expect(outcome).toEqual({ kind: 'confirmed' });
        }
        expect(texts(await inbox.take(5))).toEqual(['1', '2', '3', '4', '5']);
        for (const units of [1, 2, 3, 4, 5]) expect(arrived.get(`${units}`)).toBeGreaterThanOrEqual(units * UNIT_MS);
      });

      test('bring what has no queue to go to into taskqueue.unroutable', async () => {
        await broker.declare(internalDeclarations(UNIT_MS));
        const { inbox, consumer } = consume(UNROUTABLE);
        const target = workerQueue(fresh('no-such-type'));
        expect(await broker.publish({ ...outgoing('', 'stray'), ...delayRoute(1, target) })).toEqual({
          kind: 'confirmed',
        });
        const [stray] = await inbox.take(1);
        expect(stray?.message.body.toString()).toBe('stray');
        expect(stray?.ack()).toBe(true);
        await consumer.stop();
      });

      test('come with a queue for what is parked', async () => {
        await broker.declare(internalDeclarations(UNIT_MS));
        expect(await broker.publish(outgoing(DEAD, 'parked'))).toEqual({ kind: 'confirmed' });
        const [parked] = await consume(DEAD).inbox.take(1);
        expect(parked?.ack()).toBe(true);
      });
    });

    describe('a broker', () => {
      test('says connected while it is, and stopped afterwards', async () => {
        const other = await server.connect('short-lived');
        expect(other.status).toMatchObject({ state: 'connected', problem: null });
        const states: string[] = [];
        const ignore = other.onStatus((status) => states.push(status.state));
        await other.stop();
        expect(other.status.state).toBe('stopped');
        expect(states.at(-1)).toBe('stopped');
        ignore();
      });

      test('may be stopped twice, and then neither publishes nor asks', async () => {
        const other = await server.connect('short-lived');
        await Promise.all([other.stop(), other.stop()]);
        await other.stop();
        expect(await other.publish(outgoing('any', 'x'))).toMatchObject({ kind: 'unknown' });
        expect(await other.declare(queueOf(fresh()))).toMatchObject({ kind: 'unknown' });
        await expect(other.queueInfo('any')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      });

      test('has its confirms before it is stopped', async () => {
        const queue = await freshQueue();
        const other = await server.connect('short-lived');
        const due = Array.from({ length: 100 }, (_, n) => other.publish(outgoing(queue, `${n}`)));
        await other.stop();
        const outcomes = await Promise.all(due);
        expect(outcomes.every((one) => one.kind === 'confirmed')).toBe(true);
        expect(await broker.queueInfo(queue)).toMatchObject({ messages: 100 });
      });

      test('is at once connected for whoever waits until it is', async () => {
        await expect(broker.untilConnected(new AbortController().signal)).resolves.toBeUndefined();
      });
    });

    async function publishAll(queue: string, bodies: readonly string[]): Promise<void> {
      const outcomes = await Promise.all(bodies.map((body) => broker.publish(outgoing(queue, body))));
      expect(outcomes.every((one) => one.kind === 'confirmed')).toBe(true);
    }
  });
}

function outgoing(routingKey: string, body: string): Outgoing {
  return { exchange: '', routingKey, mandatory: true, properties: {}, headers: {}, body: Buffer.from(body) };
}

function queueOf(queue: string, args: Readonly<Record<string, string | number>> = {}): Declarations {
  const plain = sharedQueue(queue, null);
  return { ...plain, queues: [{ queue, arguments: args }] };
}

function boundQueue(queue: string, exchange: string): Declarations {
  return {
    exchanges: [{ exchange, type: 'topic', arguments: {} }],
    queues: [{ queue, arguments: {} }],
    bindings: [{ source: exchange, pattern: 'a.#', destination: { queue } }],
  };
}

/** Asks again and again; the test's own timeout is the end of its patience. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
