// What is declared is there, and does what it is for.
import { describe, expect, test } from 'vitest';
import { NOTHING, together } from '../../src/broker/declarations.ts';
import {
  DEAD,
  delayRoute,
  internalDeclarations,
  UNROUTABLE,
  workerDeclarations,
  workerQueue,
} from '../../src/broker/topology.ts';
import { type Bench, boundQueue, outgoing, queueOf, texts } from './bench.ts';

/** How long delay level 0 holds a message here. */
const UNIT_MS = 100;

export function declareContract(bench: Bench): void {
  describe('declare', () => {
    test('may be repeated', async () => {
      const queue = bench.fresh();
      const declarations = boundQueue(queue, bench.fresh('exchange'));
      expect(await bench.broker.declare(declarations)).toEqual({ kind: 'declared' });
      expect(await bench.broker.declare(declarations)).toEqual({ kind: 'declared' });
    });

    test('leaves a queue that exists with other arguments as it is', async () => {
      const queue = await bench.freshQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      expect(await bench.broker.declare(queueOf(queue))).toEqual({ kind: 'declared' });
      await bench.broker.publish(outgoing(queue, '1'));
      expect(await bench.broker.publish(outgoing(queue, '2'))).toMatchObject({ kind: 'refused' });
    });

    test('binds, so that what is published to the exchange is in the queue', async () => {
      const [queue, exchange] = [bench.fresh(), bench.fresh('exchange')];
      await bench.broker.declare(boundQueue(queue, exchange));
      expect(await bench.broker.publish({ ...outgoing('a.b.c', 'x'), exchange })).toEqual({ kind: 'confirmed' });
      expect(await bench.broker.publish({ ...outgoing('b.b.c', 'x'), exchange })).toMatchObject({ kind: 'returned' });
      expect(texts(await bench.consume(queue).inbox.take(1))).toEqual(['x']);
    });

    test('makes a great many at once, each bound, and one that is refused among them is told', async () => {
      const exchange = bench.fresh('exchange');
      const all = Array.from({ length: 40 }, () => boundQueue(bench.fresh(), exchange));
      expect(await bench.broker.declare(together(...all))).toEqual({ kind: 'declared' });
      expect(await bench.broker.publish({ ...outgoing('a.b.c', 'x'), exchange })).toEqual({ kind: 'confirmed' });
      for (const { queues } of all) {
        expect(await bench.broker.queueInfo(queues[0]?.queue ?? '')).toMatchObject({ messages: 1 });
      }
      const [destination, source] = [{ queue: all[0]?.queues[0]?.queue ?? '' }, bench.fresh('nowhere')];
      const astray = { ...NOTHING, bindings: [{ source, pattern: '#', destination }] };
      const outcome = await bench.broker.declare(together(...all.slice(0, 20), astray, ...all.slice(20)));
      expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining(source) });
    });

    test('is refused where a binding leads from an exchange that is not there', async () => {
      const queue = await bench.freshQueue();
      const outcome = await bench.broker.declare({
        ...NOTHING,
        bindings: [{ source: bench.fresh('exchange'), pattern: '#', destination: { queue } }],
      });
      expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(/./) });
    });
  });

  describe('queueInfo', () => {
    test('knows nothing of a queue that is not there', async () => {
      expect(await bench.broker.queueInfo(bench.fresh())).toBeUndefined();
    });

    test('counts what is ready and who consumes', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2', '3']);
      const { inbox } = bench.consume(queue, { prefetch: 1 });
      await inbox.take(1);
      expect(await bench.broker.queueInfo(queue)).toEqual({ messages: 2, consumers: 1 });
    });
  });

  describe('deleteQueue', () => {
    test('takes the queue away with all that is in it, and minds none that is not there', async () => {
      const queue = await bench.freshQueue();
      await bench.publishAll(queue, ['1', '2']);
      await bench.broker.deleteQueue(queue);
      expect(await bench.broker.queueInfo(queue)).toBeUndefined();
      await bench.broker.deleteQueue(queue);
    });
  });

  describe('the delay levels', () => {
    test('hold a message for its delay, not for the longer one of another, and then bring it to its worker queue', async () => {
      const type = bench.fresh('type');
      const queue = workerQueue(type);
      expect(await bench.broker.declare(internalDeclarations(UNIT_MS))).toEqual({ kind: 'declared' });
      expect(await bench.broker.declare(workerDeclarations(type, null))).toEqual({ kind: 'declared' });
      const { inbox } = bench.consume(queue);
      const started = Date.now();
      const arrived = new Map<string, number>();
      inbox.onPut = (delivery) => arrived.set(delivery.message.body.toString(), Date.now() - started);
      for (const units of [100_000, 5, 4, 3, 2, 1]) {
        const outcome = await bench.broker.publish({ ...outgoing('', `${units}`), ...delayRoute(units, queue) });
        expect(outcome).toEqual({ kind: 'confirmed' });
      }
      expect(texts(await inbox.take(5)).toSorted()).toEqual(['1', '2', '3', '4', '5']);
      for (const units of [1, 2, 3, 4, 5]) expect(arrived.get(`${units}`)).toBeGreaterThanOrEqual(units * UNIT_MS);
    });

    test('bring what has no queue to go to into taskqueue.unroutable', async () => {
      await bench.broker.declare(internalDeclarations(UNIT_MS));
      const { inbox, consumer } = bench.consume(UNROUTABLE);
      const target = workerQueue(bench.fresh('no-such-type'));
      expect(await bench.broker.publish({ ...outgoing('', 'stray'), ...delayRoute(1, target) })).toEqual({
        kind: 'confirmed',
      });
      const [stray] = await inbox.take(1);
      expect(stray?.message.body.toString()).toBe('stray');
      expect(stray?.ack()).toBe(true);
      await consumer.stop();
    });

    test('are not stopped by what somebody has put into the queue of one of them, from where it leads nowhere', async () => {
      const type = bench.fresh('type');
      await bench.broker.declare(internalDeclarations(UNIT_MS));
      await bench.broker.declare(workerDeclarations(type, null));
      const astray = Array.from({ length: 100 }, (_, n) => `astray ${n}`); // many times what dead-lettering has in hand
      await bench.publishAll(delayRoute(2, '').exchange, astray); // its queue has the same name
      const { inbox } = bench.consume(workerQueue(type));
      await bench.broker.publish({ ...outgoing('', 'delayed'), ...delayRoute(2, workerQueue(type)) });
      expect(texts(await inbox.take(1))).toEqual(['delayed']);
      const aside = bench.consume(UNROUTABLE);
      const found = await aside.inbox.take(astray.length);
      expect(texts(found).toSorted()).toEqual(astray.toSorted());
      for (const delivery of found) delivery.ack();
      await aside.consumer.stop();
    });

    test('come with a queue for what is parked', async () => {
      await bench.broker.declare(internalDeclarations(UNIT_MS));
      expect(await bench.broker.publish(outgoing(DEAD, 'parked'))).toEqual({ kind: 'confirmed' });
      const [parked] = await bench.consume(DEAD).inbox.take(1);
      expect(parked?.ack()).toBe(true);
    });
  });
}
