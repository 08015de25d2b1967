// A stream is read, not consumed: from its first entry, by anybody, again and again.
import { describe, expect, test } from 'vitest';
import { type Bench, boundQueue, outgoing, texts, until } from './bench.ts';
import { Inbox } from './inbox.ts';

const STREAM = { 'x-queue-type': 'stream' };

export function streamContract(bench: Bench): void {
  const read = (queue: string, prefetch = 100): ReturnType<Bench['consume']> & { begins: () => number } => {
    let begins = 0;
    const onBegin = (): void => {
      begins++;
    };
    return { ...bench.consume(queue, { from: 'first', prefetch, onBegin }), begins: () => begins };
  };

  describe('a stream', () => {
    test('is read from its first entry, and goes on with what is appended', async () => {
      const queue = await bench.freshQueue(STREAM);
      await bench.publishAll(queue, ['1', '2']);
      const { inbox, begins } = read(queue);
      inbox.onPut = (delivery) => delivery.ack();
      expect(texts(await inbox.take(2))).toEqual(['1', '2']);
      await bench.publishAll(queue, ['3']);
      expect(texts(await inbox.take(1))).toEqual(['3']);
      expect(begins()).toBe(1);
    });

    test('is not used up: any number read it, and read it again', async () => {
      const queue = await bench.freshQueue(STREAM);
      await bench.publishAll(queue, ['1', '2', '3']);
      for (let time = 0; time < 3; time++) {
        const { inbox, consumer } = read(queue);
        const deliveries = await inbox.take(3);
        expect(texts(deliveries)).toEqual(['1', '2', '3']);
        for (const one of deliveries) expect(one.ack()).toBe(true);
        if (time > 0) await consumer.stop();
      }
    });

    test('numbers its entries', async () => {
      const queue = await bench.freshQueue(STREAM);
      await bench.publishAll(queue, ['1', '2', '3']);
      const offsets = (await read(queue).inbox.take(3)).map(({ offset }) => offset);
      expect(offsets).toEqual([0, 1, 2]);
    });

    test('says that reading begins before the first entry comes, also where there is none yet', async () => {
      const queue = await bench.freshQueue(STREAM);
      const { inbox, begins } = read(queue);
      await until(() => begins() === 1);
      let begun = 0;
      inbox.onPut = () => {
        begun = begins();
      };
      await bench.publishAll(queue, ['1']);
      await inbox.take(1);
      expect(begun).toBe(1);
    });

    test('keeps properties, exchange, routing key, and headers with plain values', async () => {
      const [queue, exchange] = [bench.fresh(), bench.fresh('exchange')];
      const { queues, ...others } = boundQueue(queue, exchange);
      await bench.broker.declare({ ...others, queues: queues.map((one) => ({ ...one, arguments: STREAM })) });
      const properties = {
        contentType: 'application/json',
        correlationId: 'corr-ä',
        replyTo: 'answers',
        messageId: 'id-1',
        timestamp: 1_700_000_000,
        type: 'kind',
        userId: bench.server.user,
        appId: 'app',
      };
      const headers = { text: 'grün', count: 70_000, yes: true, 'x-exchange': 'feigned', 'x-stream-offset': 77 };
      await bench.broker.publish({ ...outgoing('a.b', 'x'), exchange, properties, headers });
      const [delivery] = await read(queue).inbox.take(1);
      expect(delivery?.message.properties).toMatchObject(properties);
      expect(delivery?.message.headers).toMatchObject({ text: 'grün', count: 70_000, yes: true });
      expect([delivery?.exchange, delivery?.routingKey, delivery?.offset]).toEqual([exchange, 'a.b', 0]);
    });

    test('is read on for as long as entries are settled, in either way', async () => {
      const queue = await bench.freshQueue(STREAM);
      const { inbox } = read(queue, 2);
      for (const body of ['1', '2', '3', '4', '5', '6']) {
        await bench.publishAll(queue, [body]);
        const [entry] = await inbox.take(1);
        expect(entry?.message.body.toString()).toBe(body);
        const isSettled = Number(body) % 2 === 0 ? entry?.ack() : entry?.requeue();
        expect([isSettled, entry?.isOpen, entry?.ack()]).toEqual([true, false, false]);
      }
    });

    test('gives nothing more to who has not settled what it has', async () => {
      const queue = await bench.freshQueue(STREAM);
      const [slow, quick] = [read(queue, 1), read(queue)];
      quick.inbox.onPut = (delivery) => delivery.ack();
      await bench.publishAll(queue, ['1']);
      const [one] = await slow.inbox.take(1);
      await bench.publishAll(queue, ['2']);
      expect(texts(await quick.inbox.take(2))).toEqual(['1', '2']);
      expect(slow.inbox.size).toBe(0);
      one?.ack();
      expect(texts(await slow.inbox.take(1))).toEqual(['2']);
    });

    test('is read on after a change of prefetch, and not anew', async () => {
      const queue = await bench.freshQueue(STREAM);
      await bench.publishAll(queue, ['1']);
      const { inbox, consumer, begins } = read(queue, 10);
      inbox.onPut = (delivery) => delivery.ack();
      await inbox.take(1);
      consumer.setPrefetch(5);
      await bench.publishAll(queue, ['2']);
      expect(texts(await inbox.take(1))).toEqual(['2']);
      expect(begins()).toBe(1);
    });

    test('is read anew after somebody deleted it', async () => {
      const queue = bench.fresh();
      const declarations = { exchanges: [], queues: [{ queue, arguments: STREAM }], bindings: [] };
      let begins = 0;
      const onBegin = (): void => void begins++;
      const { inbox } = bench.consume(queue, { declarations, from: 'first', onBegin });
      await until(() => begins === 1);
      await bench.publishAll(queue, ['before']);
      expect((await inbox.take(1))[0]?.ack()).toBe(true);
      await bench.server.deleteQueue(queue);
      await until(() => begins === 2);
      await bench.publishAll(queue, ['after']);
      const [after] = await inbox.take(1);
      expect([after?.message.body.toString(), after?.offset]).toEqual(['after', 0]);
    });

    test('is read by consumers of several brokers, each of them all of it', async () => {
      const queue = await bench.freshQueue(STREAM);
      const other = await bench.server.connect('second');
      const [mine, theirs] = [read(queue), new Inbox()];
      const options = { queue, declarations: { exchanges: [], queues: [], bindings: [] }, prefetch: 10 };
      other.consume({ ...options, from: 'first', onDelivery: (delivery) => theirs.put(delivery) });
      await bench.publishAll(queue, ['1', '2']);
      expect(texts(await mine.inbox.take(2))).toEqual(['1', '2']);
      expect(texts(await theirs.take(2))).toEqual(['1', '2']);
      await other.stop();
    });

    test('forgets its oldest entries where it is full, and never the newest', async () => {
      const args = { ...STREAM, 'x-max-length-bytes': 200_000, 'x-stream-max-segment-size-bytes': 50_000 };
      const queue = await bench.freshQueue(args);
      const body = (n: number): string => `${n} ${'x'.repeat(10_000)}`;
      let next = 0;
      const firstKept = async (): Promise<number> => {
        const { inbox, consumer } = read(queue, 1);
        const [first] = await inbox.take(1);
        await consumer.stop();
        first?.ack();
        return first?.offset ?? 0;
      };
      do {
        await bench.publishAll(queue, [body(next++), body(next++), body(next++)]);
      } while ((await firstKept()) === 0);
      const { inbox } = read(queue);
      inbox.onPut = (delivery) => delivery.ack();
      let last = '';
      while (!last.startsWith(`${next - 1} `)) last = texts(await inbox.take(1))[0] ?? '';
      expect(next).toBeGreaterThan(15);
    });

    test('is no queue, and a queue no stream: who reads a queue from its first entry gets nothing, and is told why', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1']);
      const { inbox, consumer } = read(queue);
      await until(() => consumer.problem !== null);
      expect(consumer.isConsuming).toBe(false);
      await consumer.stop();
      expect(inbox.size).toBe(0);
      expect(texts(await bench.consume(queue).inbox.take(1))).toEqual(['1']);
    });
  });
}
