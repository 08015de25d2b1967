import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncarriableReason } from '../../../src/workitem/carriable.ts';
import type { Headers, Message, Properties } from '../../../src/workitem/message.ts';
import { nested, oddMessage } from './odd-headers.ts';

const withHeaders = (headers: Headers): Message => ({ properties: {}, headers, body: Buffer.from('x') });
const withProperties = (properties: Properties): Message => ({ properties, headers: {}, body: Buffer.from('x') });

describe('a message is carriable', () => {
  it.each<[string, Headers]>([
    ['without headers', {}],
    [
      'with headers of every type',
      { a: 'ü', b: 1, c: -1.5, d: true, e: null, f: Buffer.from([255]), g: [1, ['x']], h: { i: {} } },
    ],
    [
      'with a timestamp and a decimal',
      { t: { '!': 'timestamp', value: 1e12 }, d: { '!': 'decimal', value: { places: 1, digits: 5 } } },
    ],
    ['with the largest integer that is kept exactly', { n: Number.MAX_SAFE_INTEGER, m: -Number.MAX_SAFE_INTEGER }],
    ['with doubles beyond every integer', { m: 1e300 }],
    ['with bytes that are no text', { raw: Buffer.from('caf\xe9', 'latin1') }],
    ['with a header called "!"', { '!': 'x' }],
    ['where only what is left out anyway is odd', { 'x-death': [{ reason: '\ufffd' }], CC: ['\ufffd'] }],
    ['with headers of 60 KiB', { big: 'x'.repeat(60 * 1024 - 4 - 1 - 3 - 5) }],
    [
      'with headers of 60 KiB, and some of ours',
      { big: 'x'.repeat(60 * 1024 - 4 - 1 - 3 - 5), 'tq-run': 'x'.repeat(2000) },
    ],
  ])('%s', (_, headers) => {
    expect(uncarriableReason(withHeaders(headers))).toBeUndefined();
  });
});

describe('a message is not carriable', () => {
  it.each<[string, Headers, string]>([
    ['with text that was not UTF-8', { city: 'caf\ufffd' }, 'the header "city" holds text that is not UTF-8'],
    ['with it in a list', { l: [['\ufffd']] }, 'the header "l" holds text that is not UTF-8'],
    ['with it in a name', { t: { 'n\ufffd': 1 } }, 'the header "t" has a name that holds text that is not UTF-8'],
    ['with half a surrogate pair', { t: 'x\ud800y' }, 'the header "t" holds text that is not UTF-8'],
    [
      'with an integer that has lost digits',
      { n: 2 ** 53 },
      'the header "n" holds the number 9007199254740992, whose last digits are lost already',
    ],
    ['with NaN', { n: [Number.NaN] }, 'the header "n" holds the number NaN, which cannot be written'],
    [
      'with a table that has a key "!"',
      { p: { '!': 'x' } },
      'the header "p" holds a table with the key "!", which cannot be written',
    ],
    ['with deep tables', { d: nested(51) }, 'the header "d" is nested deeper than 50 levels'],
    ['with very deep tables', { d: nested(20_000) }, 'the header "d" is nested deeper than 50 levels'],
    [
      'with a byte more than 60 KiB',
      { big: 'x'.repeat(60 * 1024 - 12) },
      'the headers have 61441 bytes in all, more than the 60 KiB that can be passed on',
    ],
    [
      'with too many of ours',
      { 'tq-trace': 'x'.repeat(64_000), 'tq-x': 'x'.repeat(1000) },
      'the headers have 65028 bytes in all, more than the 60 KiB that can be passed on',
    ],
  ])('%s', (_, headers, reason) => {
    expect(uncarriableReason(withHeaders(headers))).toBe(reason);
  });

  it.each<[string, Properties, string]>([
    ['a damaged id', { messageId: '\ufffd' }, 'the property messageId holds text that is not UTF-8'],
    ['a damaged user', { userId: '\ufffd' }, 'the property userId holds text that is not UTF-8'],
    ['a long id', { correlationId: 'ü'.repeat(128) }, 'the property correlationId has more than 255 bytes'],
    [
      'a time far off',
      { timestamp: 2 ** 60 },
      'the property timestamp is 1152921504606847000, not a whole number up to 9007199254740991',
    ],
    ['an odd priority', { priority: 256 }, 'the property priority is 256, not a whole number up to 255'],
  ])('with %s', (_, properties, reason) => {
    expect(uncarriableReason(withProperties(properties))).toBe(reason);
  });

  it('and the reason is one printable line, whatever the header is called', () => {
    fc.assert(
      fc.property(oddMessage, (message) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
        expect(uncarriableReason(message) ?? '').toMatch(/^[^\u0000-\u001f\u007f-\u009f]{0,400}$/);
      }),
    );
  });
});
