// What becomes of a publish: each ends with an outcome, and none harms another.
import { describe, expect, test } from 'vitest';
import type { Outgoing } from '../../src/broker/broker.ts';
import { type Bench, outgoing, texts } from './bench.ts';

export function publishContract(bench: Bench): void {
  describe('publish', () => {
    test('is confirmed once the queue has the message', async () => {
      const queue = await bench.freshQueue();
      expect(await bench.broker.publish(outgoing(queue, 'hello'))).toEqual({ kind: 'confirmed' });
      expect(await bench.broker.queueInfo(queue)).toEqual({ messages: 1, consumers: 0 });
    });

    test('is returned where it is mandatory and no queue takes it', async () => {
      const outcome = await bench.broker.publish(outgoing(bench.fresh('nowhere'), 'lost'));
      expect(outcome).toEqual({ kind: 'returned', reason: expect.stringMatching(/./) });
    });

    test('is confirmed where no queue takes it and nobody minds', async () => {
      const outcome = await bench.broker.publish({ ...outgoing(bench.fresh('nowhere'), 'lost'), mandatory: false });
      expect(outcome).toEqual({ kind: 'confirmed' });
    });

    test('tells returned ones from confirmed ones among many in flight', async () => {
      const queue = await bench.freshQueue();
      const nowhere = bench.fresh('nowhere');
      const wanted = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? 'returned' : 'confirmed'));
      const outcomes = await Promise.all(
        wanted.map((kind, n) => bench.broker.publish(outgoing(kind === 'returned' ? nowhere : queue, `${n}`))),
      );
      expect(outcomes.map((one) => one.kind)).toEqual(wanted);
    });

    test('is refused where the exchange does not exist, and its neighbours in flight are not harmed', async () => {
      const queue = await bench.freshQueue();
      const exchange = bench.fresh('exchange');
      const bad: Outgoing = { ...outgoing('any', 'x'), exchange };
      const outcomes = await Promise.all([
        bench.broker.publish(outgoing(queue, '1')),
        bench.broker.publish(bad),
        bench.broker.publish(outgoing(queue, '2')),
        bench.broker.publish(outgoing(bench.fresh('nowhere'), '3')),
        bench.broker.publish(bad),
      ]);
      expect(outcomes.map((one) => one.kind)).toEqual(['confirmed', 'refused', 'confirmed', 'returned', 'refused']);
      expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining(exchange) });
      expect(await bench.broker.publish(outgoing(queue, '4'))).toEqual({ kind: 'confirmed' });
    });

    test('is refused where a full queue takes no more', async () => {
      const queue = await bench.freshQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      expect(await bench.broker.publish(outgoing(queue, '1'))).toEqual({ kind: 'confirmed' });
      const outcome = await bench.broker.publish(outgoing(queue, '2'));
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
      const queue = await bench.freshQueue();
      const outcome = await bench.broker.publish({ ...outgoing(queue, 'x'), ...flaw });
      expect(outcome).toEqual({ kind: 'unwritable', reason: expect.stringMatching(/./) });
      expect(await bench.broker.queueInfo(queue)).toMatchObject({ messages: 0 });
    });

    test('is refused in the name of another login, and its neighbours in flight are not harmed', async () => {
      const queue = await bench.freshQueue();
      const inTheNameOf = (userId: string): Outgoing => ({ ...outgoing(queue, userId), properties: { userId } });
      const outcomes = await Promise.all([
        bench.broker.publish(outgoing(queue, '1')),
        bench.broker.publish(inTheNameOf('somebody else')),
        bench.broker.publish(inTheNameOf(bench.server.user)),
      ]);
      expect(outcomes.map((one) => one.kind)).toEqual(['confirmed', 'refused', 'confirmed']);
      expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('user_id') });
      const { inbox } = bench.consume(queue);
      let user: string | undefined;
      while (user === undefined) user = (await inbox.take(1))[0]?.message.properties.userId; // '1' may come twice
      expect(user).toBe(bench.server.user);
    });

    test('takes what an exchange with an alternate exchange cannot route to the alternate one', async () => {
      const [queue, kept, main] = [await bench.freshQueue(), bench.fresh('kept'), bench.fresh('main')];
      await bench.broker.declare({
        exchanges: [
          { exchange: kept, type: 'fanout', arguments: {} },
          { exchange: main, type: 'topic', arguments: { 'alternate-exchange': kept } },
        ],
        queues: [],
        bindings: [{ source: kept, pattern: '', destination: { queue } }],
      });
      const outcome = await bench.broker.publish({ ...outgoing('no.such.thing', 'kept'), exchange: main });
      expect(outcome).toEqual({ kind: 'confirmed' });
      expect(texts(await bench.consume(queue).inbox.take(1))).toEqual(['kept']);
    });
  });
}
