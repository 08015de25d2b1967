// A delivery is settled once; what is not settled comes again.
import { describe, expect, test } from 'vitest';
import { NOTHING } from '../../src/broker/declarations.ts';
import { type Bench, boundQueue, outgoing, texts } from './bench.ts';
import { Inbox } from './inbox.ts';

export function deliveryContract(bench: Bench): void {
  describe('a delivery', () => {
    test('that is acknowledged never comes back', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2']);
      const first = bench.consume(queue, { prefetch: 1 });
      const [one] = await first.inbox.take(1);
      expect(one?.isOpen).toBe(true);
      expect(one?.ack()).toBe(true);
      expect(one?.isOpen).toBe(false);
      const [two] = await first.inbox.take(1);
      await first.consumer.stop();
      two?.requeue();
      expect(texts(await bench.consume(queue).inbox.take(1))).toEqual(['2']);
    });

    test('tells which exchange it was published to, and with which routing key', async () => {
      const [queue, exchange] = [bench.fresh(), bench.fresh('exchange')];
      await bench.broker.declare(boundQueue(queue, exchange));
      await bench.broker.publish(outgoing(queue, 'directly'));
      await bench.broker.publish({ ...outgoing('a.b', 'through'), exchange });
      const deliveries = await bench.consume(queue).inbox.take(2);
      expect(deliveries.map((one) => [one.exchange, one.routingKey, one.offset])).toEqual([
        ['', queue, null],
        [exchange, 'a.b', null],
      ]);
    });

    test('that is requeued comes again, as redelivered', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['again']);
      const { inbox } = bench.consume(queue);
      const [first] = await inbox.take(1);
      expect(first?.redelivered).toBe(false);
      expect(first?.requeue()).toBe(true);
      const [second] = await inbox.take(1);
      expect(second?.redelivered).toBe(true);
      expect(second?.message.body.toString()).toBe('again');
      expect(second?.ack()).toBe(true);
    });

    test('is settled once: a second time does nothing', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2']);
      const { inbox } = bench.consume(queue);
      const [one, two] = await inbox.take(2);
      expect([one?.ack(), one?.ack(), one?.requeue()]).toEqual([true, false, false]);
      expect([two?.requeue(), two?.requeue(), two?.ack()]).toEqual([true, false, false]);
      const [again] = await inbox.take(1);
      expect(again?.message.body.toString()).toBe('2');
      expect(again?.ack()).toBe(true);
    });

    test('may be acknowledged in any order', async () => {
      const queue = await bench.freshQueue();
      const numbers = Array.from({ length: 30 }, (_, n) => `${n}`);
      await bench.publishAll(queue, numbers);
      const { inbox, consumer } = bench.consume(queue, { prefetch: 30 });
      const deliveries = await inbox.take(30);
      const kept = deliveries.filter((_, n) => n % 7 === 0);
      for (const one of deliveries.toReversed()) if (!kept.includes(one)) expect(one.ack()).toBe(true);
      await consumer.stop();
      for (const one of kept) expect(one.requeue()).toBe(true);
      const left = texts(await bench.consume(queue).inbox.take(kept.length));
      expect(left.toSorted()).toEqual(texts(kept).toSorted());
      expect(await bench.broker.queueInfo(queue)).toMatchObject({ messages: 0 });
    });

    test('goes to another consumer once its own broker has stopped', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['mine']);
      const other = await bench.server.connect('short-lived');
      const inbox = new Inbox();
      other.consume({ queue, declarations: NOTHING, prefetch: 1, onDelivery: (delivery) => inbox.put(delivery) });
      const [lent] = await inbox.take(1);
      await other.stop();
      expect(lent?.isOpen).toBe(false);
      expect([lent?.ack(), lent?.requeue()]).toEqual([false, false]);
      const [back] = await bench.consume(queue).inbox.take(1);
      expect(back?.redelivered).toBe(true);
    });

    test('that was acknowledged just before its broker stopped does not come again', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2', '3']);
      const other = await bench.server.connect('short-lived');
      const inbox = new Inbox();
      other.consume({ queue, declarations: NOTHING, prefetch: 3, onDelivery: (delivery) => inbox.put(delivery) });
      const [one, , three] = await inbox.take(3);
      expect([one?.ack(), three?.ack()]).toEqual([true, true]);
      await other.stop();
      const [left] = await bench.consume(queue).inbox.take(1);
      expect(left?.message.body.toString()).toBe('2');
      expect(await bench.broker.queueInfo(queue)).toMatchObject({ messages: 0 });
    });
  });
}
