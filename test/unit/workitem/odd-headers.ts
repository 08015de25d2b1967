// Arbitrary headers and messages for property tests: all that a broker could hand over, and more.
import fc from 'fast-check';
import type { Headers, Message, Properties } from '../../../src/workitem/message.ts';

const oddText = fc.oneof(
  { weight: 20, arbitrary: fc.string() },
  { weight: 10, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 10, arbitrary: fc.constantFrom('', '\ufffd', 'caf\ufffd', '\ud800', '\r\n\u001b[31m', '__proto__') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(300), 'ü'.repeat(200), 'y'.repeat(70_000)) },
);

const oddNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(Number),
  fc.constantFrom(NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 2 ** 50 + 0.5, 2 ** 63, 2 ** 64, -(2 ** 63), -0),
);

const oddLeaf = fc.oneof(
  oddText,
  oddNumber,
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.record({ '!': fc.constantFrom('timestamp', 'decimal', 'int', 'Point'), value: oddNumber }),
  fc.record({
    '!': fc.constant('decimal'),
    value: fc.record({ places: fc.nat({ max: 300 }), digits: fc.nat({ max: 2 ** 32 }) }),
  }),
  fc.constantFrom<unknown>(1n, Symbol('s'), undefined, new Date(0), new Map(), () => 1, nested(60)),
);

export const oddValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, oddLeaf, fc.array(tie('value')), fc.dictionary(oddText, tie('value'))),
})).value;

const names = fc.oneof(
  fc.constantFrom('tq-run', 'tq-error', 'tq-kind', 'tq-type', 'tq-user', 'CC', 'x-death', '__proto__', 'toString', '!'),
  oddText,
);

export const oddHeaders: fc.Arbitrary<Headers> = fc
  .array(fc.tuple(names, oddValue))
  .map((entries) => Object.fromEntries(entries));

const oddProperties: fc.Arbitrary<Properties> = fc.record(
  {
    contentType: oddText,
    contentEncoding: oddText,
    deliveryMode: oddNumber,
    priority: oddNumber,
    correlationId: oddText,
    replyTo: oddText,
    expiration: fc.oneof(oddText, fc.nat().map(String)),
    messageId: oddText,
    timestamp: oddNumber,
    type: oddText,
    userId: oddText,
    appId: oddText,
  },
  { requiredKeys: [] },
);

/** Nothing in it that could not be written again. */
export const plainHeaders: fc.Arbitrary<Headers> = fc.dictionary(
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('e')), // no numbers of any size
);

export const oddMessage: fc.Arbitrary<Message> = fc.record({
  properties: oddProperties,
  headers: oddHeaders,
  body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
});

/** A list in a list in a list … */
export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
