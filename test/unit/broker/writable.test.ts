import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outgoing } from '../../../src/broker/broker.ts';
import { unwritableReason } from '../../../src/broker/writable.ts';
import { oddMessage, plainHeaders } from '../workitem/odd-headers.ts';

// The one that really writes: amqplib does not export it.
const require = createRequire(import.meta.url);
const { encodeProperties } = require('../../../node_modules/amqplib/lib/defs.js') as {
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer;
};
const BASIC_PROPERTIES = 60;

const PLAIN: Outgoing = {
  exchange: '',
  routingKey: 'q',
  mandatory: true,
  properties: {},
  headers: {},
  body: Buffer.alloc(0),
};

describe('what is called writable', () => {
  it('is written by amqplib, whatever it is', () => {
    let written = 0;
    const message = fc.oneof(
      oddMessage,
      plainHeaders.map((headers) => ({ ...PLAIN, headers })),
    );
    fc.assert(
      fc.property(message, (odd) => {
        if (unwritableReason({ ...PLAIN, ...odd }) !== undefined) return;
        written++;
        encodeProperties(BASIC_PROPERTIES, 1, 0, { ...odd.properties, headers: odd.headers });
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(50);
  });

  it('includes headers of exactly 64 KiB, and names of exactly 255 bytes', () => {
    const headers = { big: 'x'.repeat(64 * 1024 - 4 - 1 - 3 - 5) };
    const fits = {
      ...PLAIN,
      headers,
      routingKey: 'k'.repeat(255),
      properties: { messageId: 'm'.repeat(255), priority: 255 },
    };
    expect(unwritableReason(fits)).toBeUndefined();
    expect(() => encodeProperties(BASIC_PROPERTIES, 1, 0, { ...fits.properties, headers })).not.toThrow();
    expect(unwritableReason({ ...fits, headers: { big: `${headers.big}x` } })).toBe(
      'the headers have 65537 bytes in all, more than the 64 KiB that can be written',
    );
  });
});

describe('what is not', () => {
  it.each<[Partial<Outgoing>, string]>([
    [{ exchange: 'e'.repeat(256) }, `the exchange has more than 255 bytes: "${'e'.repeat(57)}…"`],
    [{ routingKey: 'ü'.repeat(128) }, `the routing key has more than 255 bytes: "${'ü'.repeat(28)}…"`],
    [{ properties: { replyTo: 'r'.repeat(256) } }, `the replyTo has more than 255 bytes: "${'r'.repeat(57)}…"`],
    [{ properties: { timestamp: 1.5 } }, 'the property timestamp is 1.5, not a whole number up to 9007199254740991'],
    [{ properties: { priority: -1 } }, 'the property priority is -1, not a whole number up to 255'],
    [{ headers: { 'a\nb': Number.NaN } }, 'the header "a\\nb" holds the number NaN, which cannot be written'],
  ])('is said with its name', (flaw, reason) => {
    expect(unwritableReason({ ...PLAIN, ...flaw })).toBe(reason);
  });
});
