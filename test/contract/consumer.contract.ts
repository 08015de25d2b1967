// A consumer goes on until it is stopped.
import { describe, expect, test } from 'vitest';
import { NOTHING } from '../../src/broker/declarations.ts';
import { type Bench, outgoing, queueOf, texts, until } from './bench.ts';
import { Inbox } from './inbox.ts';

export function consumerContract(bench: Bench): void {
  describe('a consumer', () => {
    test('makes what it declares, and consumes', async () => {
      const queue = bench.fresh();
      const { inbox, consumer } = bench.consume(queue, { declarations: queueOf(queue) });
      await until(async () => (await bench.broker.queueInfo(queue))?.consumers === 1);
      expect(consumer.isConsuming).toBe(true);
      await bench.broker.publish(outgoing(queue, 'x'));
      expect(texts(await inbox.take(1))).toEqual(['x']);
    });

    test('holds no more unsettled deliveries than its prefetch', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2', '3', '4', '5']);
      const { inbox } = bench.consume(queue, { prefetch: 2 });
      const [one, two] = await inbox.take(2);
      expect(await bench.broker.queueInfo(queue)).toEqual({ messages: 3, consumers: 1 });
      expect(inbox.size).toBe(0);
      one?.ack();
      expect(texts(await inbox.take(1))).toEqual(['3']);
      expect(inbox.size).toBe(0);
      two?.ack();
      expect(texts(await inbox.take(1))).toEqual(['4']);
    });

    test('holds more after its prefetch was raised', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2', '3', '4', '5']);
      const { inbox, consumer } = bench.consume(queue, { prefetch: 1 });
      const [one] = await inbox.take(1);
      consumer.setPrefetch(4);
      one?.ack();
      expect(texts(await inbox.take(4))).toEqual(['2', '3', '4', '5']);
      expect(consumer.isConsuming).toBe(true);
    });

    test('holds fewer after its prefetch was lowered', async () => {
      const queue = await bench.freshQueue();
      const { inbox, consumer } = bench.consume(queue, { prefetch: 10 });
      await bench.publishAll(queue, ['warm']);
      (await inbox.take(1))[0]?.ack();
      consumer.setPrefetch(5);
      consumer.setPrefetch(1);
      // Until then, the old prefetch may still hold: nothing says when the new one is in force, but that it will be.
      await until(async () => {
        await bench.publishAll(queue, ['1', '2', '3']);
        const isLowered = (await bench.broker.queueInfo(queue))?.messages === 2;
        for (let left = 3; left > 0; left--) (await inbox.take(1))[0]?.ack();
        return isLowered;
      });
    });

    test('that is stopped gets nothing more, and can still settle what it has', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2']);
      const { inbox, consumer } = bench.consume(queue);
      const [one, two] = await inbox.take(2);
      await consumer.stop();
      await consumer.stop();
      expect(consumer.isConsuming).toBe(false);
      await bench.publishAll(queue, ['3']);
      expect(one?.isOpen).toBe(true);
      expect(one?.ack()).toBe(true);
      expect(two?.requeue()).toBe(true);
      const left = await bench.consume(queue).inbox.take(2);
      expect(texts(left).toSorted()).toEqual(['2', '3']);
      expect(inbox.size).toBe(0);
    });

    test('that is released gives back what it has not settled, in its order', async () => {
      const queue = await bench.freshQueue({ 'x-queue-type': 'quorum' });
      await bench.publishAll(queue, ['1', '2', '3', '4']);
      const { inbox, consumer } = bench.consume(queue);
      const [one, two, three] = await inbox.take(4);
      expect([two?.ack(), three?.requeue()]).toEqual([true, true]);
      await consumer.release();
      await consumer.release();
      expect([one?.isOpen, one?.ack(), consumer.isConsuming]).toEqual([false, false, false]);
      await until(async () => (await bench.broker.queueInfo(queue))?.messages === 3);
      const again = texts(await bench.consume(queue).inbox.take(3));
      expect(again.filter((text) => text !== '3')).toEqual(['1', '4']);
    });

    test('goes on after somebody deleted its queue', async () => {
      const queue = bench.fresh();
      const { inbox, consumer } = bench.consume(queue, { declarations: queueOf(queue) });
      await until(() => consumer.isConsuming);
      await bench.publishAll(queue, ['before']);
      const [before] = await inbox.take(1);
      await bench.server.deleteQueue(queue);
      await until(async () => (await bench.broker.queueInfo(queue))?.consumers === 1);
      await bench.publishAll(queue, ['after']);
      expect(texts(await inbox.take(1))).toEqual(['after']);
      before?.ack(); // to a queue that is gone: whatever it says, it must harm nobody
      await bench.publishAll(queue, ['still']);
      expect(texts(await inbox.take(1))).toEqual(['still']);
    });

    test('of a queue that is not there begins once it is, and the others do not mind', async () => {
      const [missing, there] = [bench.fresh('missing'), await bench.freshQueue()];
      const early = bench.consume(missing);
      const other = bench.consume(there);
      await bench.publishAll(there, ['1']);
      const [one] = await other.inbox.take(1);
      expect(early.consumer.isConsuming).toBe(false);
      await bench.broker.declare(queueOf(missing));
      await bench.publishAll(missing, ['late']);
      expect(texts(await early.inbox.take(1))).toEqual(['late']);
      expect(one?.ack()).toBe(true);
    });

    test('shares its queue with consumers of other brokers', async () => {
      const queue = await bench.freshQueue();
      const other = await bench.server.connect('second');
      const [mine, theirs] = [bench.consume(queue, { prefetch: 1 }), new Inbox()];
      other.consume({ queue, declarations: NOTHING, prefetch: 1, onDelivery: (delivery) => theirs.put(delivery) });
      await until(async () => (await bench.broker.queueInfo(queue))?.consumers === 2);
      await bench.publishAll(queue, ['1', '2']);
      const both = [...(await mine.inbox.take(1)), ...(await theirs.take(1))];
      expect(texts(both).toSorted()).toEqual(['1', '2']);
      await other.stop();
    });
  });
}
