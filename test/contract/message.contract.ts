// A message arrives as it was sent.
import { describe, expect, test } from 'vitest';
import { type Bench, outgoing, texts } from './bench.ts';

export function messageContract(bench: Bench): void {
  describe('a message', () => {
    test('arrives with every property and its body, byte for byte', async () => {
      const queue = await bench.freshQueue();
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
      await bench.broker.publish({ ...outgoing(queue, ''), properties, body });
      const [delivery] = await bench.consume(queue).inbox.take(1);
      expect(delivery?.message.properties).toStrictEqual(properties);
      expect(delivery?.message.body.equals(body)).toBe(true);
      expect(delivery?.queue).toBe(queue);
    });

    test('without properties, headers and body arrives without them', async () => {
      const queue = await bench.freshQueue();
      await bench.broker.publish({ ...outgoing(queue, ''), properties: {}, headers: {} });
      const [delivery] = await bench.consume(queue).inbox.take(1);
      expect(delivery?.message).toStrictEqual({ properties: {}, headers: {}, body: Buffer.alloc(0) });
    });

    test('arrives with header values of every kind as they were', async () => {
      const queue = await bench.freshQueue();
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
      await bench.broker.publish({ ...outgoing(queue, 'x'), headers });
      const [delivery] = await bench.consume(queue).inbox.take(1);
      expect(delivery?.message.headers).toEqual(headers);
    });

    test('keeps nothing in headers but own keys, and loses its undefined ones', async () => {
      const queue = await bench.freshQueue();
      const headers = JSON.parse('{"a":{"__proto__":{"inherited":1}},"__proto__":{"inherited":1},"b":2}');
      await bench.broker.publish({ ...outgoing(queue, 'x'), headers: { ...headers, gone: undefined } });
      const [delivery] = await bench.consume(queue).inbox.take(1);
      const received = delivery?.message.headers as { a?: { inherited?: number }; inherited?: number; b?: number };
      expect(received.b).toBe(2);
      expect(received.inherited).toBeUndefined();
      expect(received.a?.inherited).toBeUndefined();
      expect('gone' in received).toBe(false);
    });

    test('of 3 MiB arrives whole', async () => {
      const queue = await bench.freshQueue();
      const body = Buffer.alloc(3 * 1024 * 1024, 'abcdefg');
      expect(await bench.broker.publish({ ...outgoing(queue, ''), body })).toEqual({ kind: 'confirmed' });
      const [delivery] = await bench.consume(queue).inbox.take(1);
      expect(delivery?.message.body.equals(body)).toBe(true);
    });

    test('follows those that were published before it', async () => {
      const queue = await bench.freshQueue();
      const numbers = Array.from({ length: 500 }, (_, n) => `${n}`);
      const { inbox } = bench.consume(queue, { prefetch: 500 });
      await Promise.all(numbers.map((n) => bench.broker.publish(outgoing(queue, n))));
      expect(texts(await inbox.take(500))).toEqual(numbers);
    });
  });
}
