// What we write is held against what amqplib would have written.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../../src/broker/amqp/outbox.ts';
import { sendPublish } from '../../../../src/broker/amqp/publish-frames.ts';
import type { Outgoing } from '../../../../src/broker/broker.ts';
import { weigh } from '../../../../src/broker/writable.ts';
import { oddMessage, plainHeaders } from '../../workitem/odd-headers.ts';
import { FakeConnection, turn } from './fake-connection.ts';

// amqplib does not export them.
const require = createRequire(import.meta.url);
const { encodeMethod, encodeProperties } = require('../../../../node_modules/amqplib/lib/defs.js') as {
  encodeMethod(id: number, channel: number, fields: object): Buffer;
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer;
};
const { makeBodyFrame } = require('../../../../node_modules/amqplib/lib/frame.js') as {
  makeBodyFrame(channel: number, payload: Buffer): Buffer;
};
const BASIC_PUBLISH = 3_932_200;
const BASIC_PROPERTIES = 60;

const CHANNEL = 300;
const KIB = 1024;
const PLAIN: Outgoing = {
  exchange: '',
  routingKey: 'q',
  mandatory: true,
  properties: {},
  headers: {},
  body: Buffer.from('hello'),
};

/** `undefined` where it cannot be written. */
async function ours(outgoing: Outgoing, attempt: number): Promise<Buffer | undefined> {
  const { problem, headerBytes } = weigh(outgoing);
  if (problem !== undefined) return undefined;
  const connection = new FakeConnection();
  sendPublish(new Outbox(connection.model), outgoing, { channel: CHANNEL, attempt, headerBytes });
  await turn();
  return Buffer.concat(connection.writes);
}

function amqplibs({ exchange, routingKey, mandatory, properties, headers, body }: Outgoing, attempt: number): Buffer {
  const named = [...Object.entries(headers).filter(([name]) => name !== 'tq-publish'), ['tq-publish', attempt]];
  const most = new FakeConnection().frameMax - 8;
  const pieces = Array.from({ length: Math.ceil(body.length / most) }, (_, n) =>
    body.subarray(n * most, (n + 1) * most),
  );
  return Buffer.concat([
    encodeMethod(BASIC_PUBLISH, CHANNEL, { exchange, routingKey, mandatory, immediate: false, ticket: 0 }),
    encodeProperties(BASIC_PROPERTIES, CHANNEL, body.length, { ...properties, headers: Object.fromEntries(named) }),
    ...pieces.map((piece) => makeBodyFrame(CHANNEL, piece)),
  ]);
}

describe('the frames of a message', () => {
  test('are those that amqplib would write, whatever the message is', async () => {
    let written = 0;
    const name = fc.string({ unit: 'binary', maxLength: 80 });
    const outgoing = fc
      .tuple(
        fc.oneof(
          oddMessage,
          plainHeaders.map((headers) => ({ ...PLAIN, headers })),
        ),
        name,
        name,
        fc.boolean(),
      )
      .map(([message, exchange, routingKey, mandatory]) => ({ ...PLAIN, ...message, exchange, routingKey, mandatory }));
    const attempts = fc.oneof(fc.nat(), fc.maxSafeNat());
    await fc.assert(
      fc.asyncProperty(outgoing, attempts, async (odd, attempt) => {
        const bytes = await ours(odd, attempt);
        if (bytes === undefined) return;
        written++;
        expect(bytes.equals(amqplibs(odd, attempt))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(50);
  });

  test.each([0, 1, 16 * KIB, 16 * KIB + 1, 64 * KIB, 128 * KIB - 8, 128 * KIB - 7, 300 * KIB])(
    'are those that amqplib would write, where the body has %i bytes',
    async (length) => {
      const outgoing = { ...PLAIN, body: Buffer.alloc(length, 'body') };
      expect((await ours(outgoing, 1))?.equals(amqplibs(outgoing, 1))).toBe(true);
    },
  );

  test('are those that amqplib would write, where all is as long as it can be', async () => {
    const text = 'ü'.repeat(127);
    const names = ['contentType', 'contentEncoding', 'correlationId', 'replyTo', 'expiration', 'messageId', 'type'];
    const texts = Object.fromEntries([...names, 'userId', 'appId'].map((name) => [name, text]));
    const properties = { ...texts, deliveryMode: 255, priority: 255, timestamp: Number.MAX_SAFE_INTEGER };
    const headers = { big: 'x'.repeat(64 * KIB - 4 - 1 - 3 - 5) };
    const outgoing = { ...PLAIN, exchange: text, routingKey: text, properties, headers };
    const attempt = Number.MAX_SAFE_INTEGER;
    const { headers: _, ...rest } = outgoing;
    expect(
      (await ours({ ...rest, headers: { a: 1 } }, attempt))?.equals(amqplibs({ ...rest, headers: { a: 1 } }, attempt)),
    ).toBe(true);
    expect((await ours(outgoing, attempt))?.length).toBeGreaterThan(64 * KIB);
  });

  test('name the attempt in a header, in place of one that was there', async () => {
    const outgoing = { ...PLAIN, headers: Object.freeze({ 'tq-publish': 'of somebody else', a: 1 }) };
    const bytes = await ours(outgoing, 5);
    expect(bytes?.equals(amqplibs(outgoing, 5))).toBe(true);
    expect(bytes?.includes('somebody')).toBe(false);
  });
});
