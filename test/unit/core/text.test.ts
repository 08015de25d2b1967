import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToBytes, printable } from '../../../src/core/text.ts';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);

describe('printable text', () => {
  it('has no control character, line break or direction mark left, and nothing that UTF-8 could not hold', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u);
        expect(printable(text)).not.toMatch(/\p{Bidi_Control}/u);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a\nb\r\n\tc', 'a\\nb\\r\\n\\tc'],
    ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
    ['\u0000\u007f\u009b', '\\x00\\x7f\\x9b'],
    ['user\u202eexe.txt\u061c', 'user\\u202eexe.txt\\u061c'],
    ['half \ud83d pair', 'half \\ud83d pair'],
    ['grün 😀 "quoted" \\', 'grün 😀 "quoted" \\'],
    ['', ''],
  ])('of %j is %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('cut text', () => {
  it('is never longer than it may be, is whole characters, and begins as the text does', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (text, maxBytes) => {
        const whole = Buffer.from(text).toString();
        const cut = cutToBytes(text, maxBytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
        if (Buffer.byteLength(whole) <= maxBytes) expect(cut).toBe(whole);
        else expect(whole.startsWith(cut.replace(/…$/u, ''))).toBe(true);
        expect(Buffer.from(cut).toString()).toBe(cut);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'ab…'],
    ['abcdef', 3, '…'],
    ['abcdef', 2, 'ab'],
    ['abcdef', 0, ''],
    ['üüü', 5, 'ü…'],
    ['😀😀', 7, '😀…'],
    ['😀😀', 6, '…'],
    ['ü', 1, ''],
    ['\ud83d', 3, '\ufffd'],
    ['abc', Infinity, 'abc'],
  ])('%j to %d bytes is %j', (text, maxBytes, cut) => {
    expect(cutToBytes(text, maxBytes)).toBe(cut);
  });

  it('does not take the time that a very long text would need', () => {
    const long = 'ü'.repeat(10_000_000);
    for (let n = 0; n < 1_000; n++) expect(cutToBytes(long, 10)).toBe('üüü…');
  });
});
