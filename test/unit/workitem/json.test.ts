import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { isJsonObject, MAX_JSON_DEPTH, ownValue, parseJson, utf8 } from '../../../src/workitem/json.ts';

/** The error, or a failure of the test where there is none. */
function refusalOf(raw: Buffer | string): TaskqueueError {
  try {
    parseJson(Buffer.from(raw as string));
  } catch (err) {
    if (err instanceof TaskqueueError) return err;
    throw err;
  }
  throw new Error('it was read');
}

describe('JSON from strangers', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const json = JSON.stringify(value);
        expect(JSON.stringify(parseJson(Buffer.from(json)))).toBe(json);
      }),
    );
  });

  it('is read or refused as UNREADABLE, whatever the bytes, and the next one is not harmed', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some));
    const damaged = fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([json, at, byte]) => {
      const raw = Buffer.from(json);
      raw[at % raw.length] = byte;
      return raw;
    });
    fc.assert(
      fc.property(fc.oneof(bytes, damaged), (raw) => {
        try {
          parseJson(raw);
        } catch (err) {
          expect(err).toMatchObject({ name: 'TaskqueueError', code: 'UNREADABLE' });
        }
        expect(parseJson(Buffer.from('{"ü":[1]}'))).toEqual({ ü: [1] });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused where it is cut off anywhere', () => {
    const raw = Buffer.from('{"fields":{"params":{"worker_type":"bücher"}},"list":[1,-2.5e3,true,null,"\\u00fc"]}');
    for (let end = 0; end < raw.length; end++) expect(refusalOf(raw.subarray(0, end)).code).toBe('UNREADABLE');
  });

  it.each([
    ['nothing', '', 'the body is not JSON: Unexpected end of JSON input'],
    ['latin-1', Buffer.from('{"a":"\xe9"}', 'latin1'), 'the body is not UTF-8 text'],
    ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'the body is not UTF-8 text'],
    ['UTF-16 without a mark', Buffer.from('{}', 'utf16le'), /^the body is not JSON: /],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'the body is not UTF-8 text'],
    ['a comma too many', '[1,]', /^the body is not JSON: /],
    ['NaN', 'NaN', /^the body is not JSON: /],
    ['a line break in a text', '"a\nb"', /^the body is not JSON: Bad control character/],
    ['a control character', '\u001b[31m', "the body is not JSON: Unexpected token '\\x1b'"],
    ['a word', 'undefined', 'the body is not JSON: it is something else'],
  ])('%s is refused', (_, raw, message) => {
    const found = refusalOf(raw as string).message;
    if (typeof message === 'string') expect(found).toBe(message);
    else expect(found).toMatch(message);
  });

  it('is not quoted when it is refused: bodies are nobody else’s business', () => {
    for (const text of [
      'secret',
      '{"password":secret}',
      `[${'1,'.repeat(50)}secret]`,
      '{"secret" 1}',
      '"secret',
      '{"secret":tru}',
    ]) {
      const error = refusalOf(text);
      expect(`${error.stack} ${String(error.cause)}`).not.toContain('ecret');
    }
  });

  it('may begin with a byte order mark', () => {
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ a: 1 });
    expect(refusalOf('\ufeff\ufeff{}').code).toBe('UNREADABLE');
  });

  it('keeps half surrogate pairs that are written as escapes', () => {
    expect(parseJson(Buffer.from('"\\ud83d"'))).toBe('\ud83d');
  });

  it('makes __proto__ and constructor ordinary keys', () => {
    const value = parseJson(Buffer.from('{"__proto__":{"polluted":1},"constructor":2}'));
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('depth', () => {
  const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  it.each([lists, objects])('is bounded', (nest) => {
    expect(() => parseJson(Buffer.from(nest(MAX_JSON_DEPTH)))).not.toThrow();
    expect(refusalOf(nest(MAX_JSON_DEPTH + 1)).message).toBe('the body is JSON nested deeper than 500 levels');
    expect(refusalOf(nest(10_000)).code).toBe('UNREADABLE');
    expect(refusalOf('['.repeat(5_000_000)).code).toBe('UNREADABLE');
  });

  it('does not count brackets in texts, nor what is closed again', () => {
    const text = JSON.stringify({ a: '[{'.repeat(1_000), b: '\\"[['.repeat(600), '[[[\\': '"' });
    expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
    expect(parseJson(Buffer.from(`[${'[],'.repeat(1_000)}[]]`))).toHaveLength(1_001);
  });

  it('that is allowed can be written again', () => {
    const deep = lists(MAX_JSON_DEPTH);
    expect(JSON.stringify(parseJson(Buffer.from(deep)))).toBe(deep);
  });
});

describe('text', () => {
  it('comes back byte for byte, a byte order mark included', () => {
    const text = fc.string({ unit: 'binary' }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(text, (raw) => Buffer.from(utf8(raw)).equals(raw)),
      { examples: [[Buffer.from('\ufeffx')]] },
    );
  });
});

describe('values in JSON', () => {
  it('are own ones', () => {
    expect(ownValue({ a: 1 }, 'a')).toBe(1);
    expect(ownValue({}, 'constructor')).toBeUndefined();
    expect(ownValue({}, '__proto__')).toBeUndefined();
    expect(ownValue(['x'], '0')).toBeUndefined();
    expect([null, 1, 'a', undefined, []].map(isJsonObject)).toEqual([false, false, false, false, false]);
  });
});
