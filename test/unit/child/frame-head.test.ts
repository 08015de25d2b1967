import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHead, encodeHead } from '../../../src/child/frame-head.ts';

describe('heads', () => {
  const anyHead = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, 'text', '\ud800', 1.5, '{"$buffer":"AA=="}'),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(
          fc.tuple(fc.constantFrom('a', '$buffer', '$$buffer', '__proto__', 'type', 'data', 'toString'), tie('value')),
          { maxLength: 4 },
        )
        .map((entries) => Object.fromEntries(entries)),
    ),
  })).value;

  it('come out as they went in, Buffers and whatever looks like one included', () => {
    fc.assert(
      fc.property(anyHead, (head) => {
        expect(decodeHead(encodeHead(head))).toEqual(head);
      }),
      { numRuns: 2000 },
    );
  });

  it('never make a Buffer of what only looks like one', () => {
    for (const lookAlike of [{ $buffer: 'AAAA' }, { type: 'Buffer', data: [1, 2] }, { $$buffer: 'AAAA' }]) {
      const decoded = decodeHead(encodeHead({ lookAlike, real: Buffer.from('x') }));
      expect(decoded).toEqual({ lookAlike, real: Buffer.from('x') });
      expect(Buffer.isBuffer((decoded as { lookAlike: unknown }).lookAlike)).toBe(false);
    }
  });
});
