import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicFormat } from '../../../src/workitem/basic.ts';
import { decodeWorkitem, encodeFailure, encodeResult } from '../../../src/workitem/decode.ts';
import { CODEC, envelope, FORMATS, TYPES } from './formats.ts';

const IN_TEXT = envelope('text/plain', { 'tq-routed': 'builder' });
const ALONE = envelope('text/plain', { 'tq-type': 'builder' });
const SENT_DIRECTLY = envelope('text/plain');

const handedBack = (raw: Buffer, about = IN_TEXT): Buffer =>
  encodeResult(decodeWorkitem(about, raw, FORMATS, TYPES), FORMATS, TYPES).body;

describe('the worker type of a text', () => {
  it.each([
    ['builder the rest', 'builder'],
    ['builder', 'builder'],
    ['builder ', 'builder'],
    ['builder\nrest', 'builder\nrest'], // which is no valid type: it is parked
    ['builder\t rest', 'builder\t'],
    ['ünï code', 'ünï'],
  ])('%j is what stands before the first space', (text, type) => {
    expect(basicFormat.workerType(Buffer.from(text))).toBe(type);
  });

  it.each(['', ' builder', ' '])('is missing in %j', (text) => {
    expect(() => basicFormat.workerType(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
  });

  it('is a text of bounded length, whatever the bytes', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 2_000 }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(bytes, (raw) => {
        fc.pre(raw[0] !== 0x20);
        expect(basicFormat.workerType(raw).length).toBeLessThanOrEqual(512);
      }),
    );
  });
});

describe('a workitem in text', () => {
  it.each([
    ['with its type in front', IN_TEXT, 'builder the rest', 'the rest'],
    ['with nothing but its type', IN_TEXT, 'builder', ''],
    ['with its type and a space', IN_TEXT, 'builder ', ''],
    ['with two spaces', IN_TEXT, 'builder  x ', ' x '],
    ['with a line after its type', IN_TEXT, 'builder \nx', '\nx'],
    ['whose type stands in a header', ALONE, 'builder the rest', 'builder the rest'],
    ['that was sent to its queue directly', SENT_DIRECTLY, 'some text', 'some text'],
    ['that is empty', ALONE, '', ''],
    ['with a byte order mark', ALONE, '\ufeffx', '\ufeffx'],
  ])('%s: the handler sees the rest, and it goes back as it was', (_, about, text, body) => {
    expect(decodeWorkitem(about, Buffer.from(text), FORMATS, TYPES).body).toBe(body);
    expect(handedBack(Buffer.from(text), about).toString()).toBe(text);
  });

  it('goes back byte for byte, whatever it says', () => {
    const rest = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(rest, fc.boolean(), (text, hasSpace) => {
        const raw = Buffer.from(hasSpace ? `builder ${text}` : 'builder');
        expect(handedBack(raw).equals(raw)).toBe(true);
        expect(handedBack(Buffer.from(text), ALONE).equals(Buffer.from(text))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('that the handler has changed goes back with its type in front', () => {
    const workitem = decodeWorkitem(IN_TEXT, Buffer.from('builder'), FORMATS, TYPES);
    workitem.body = 'done';
    expect(encodeResult(workitem, FORMATS, TYPES)).toEqual({
      contentType: 'text/plain',
      body: Buffer.from('builder done'),
    });
  });

  it('that fails goes back with two lines more', () => {
    const failure = { mishap: 'threw', error: 'broken', trace: 'at f' } as const;
    const result = encodeFailure(IN_TEXT, Buffer.from('builder x'), failure, CODEC);
    expect(result?.body.toString()).toBe('builder x\nError: broken\nTrace: at f');
  });

  it('that is no UTF-8 is unreadable', () => {
    const raw = Buffer.from('builder caf\xe9', 'latin1');
    expect(() => decodeWorkitem(IN_TEXT, raw, FORMATS, TYPES)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
  });
});
