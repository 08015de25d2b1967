import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonWithError } from '../../../src/workitem/json-failure.ts';

const SAID = { error: 'it "broke"', trace: 'at\nline' };
const failed = (json: string): string | undefined => jsonWithError(Buffer.from(json), SAID)?.toString();

describe('a JSON text with an error in it', () => {
  it('is what an object with the error would be written as', () => {
    const object = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('error', 'trace')), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.nat(2), (value, indent) => {
        const text = failed(JSON.stringify(value, null, indent)) as string;
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ ...value, ...SAID })));
      }),
    );
  });

  it('keeps all the rest byte for byte', () => {
    expect(failed('\ufeff {"n": 12345678901234567890.10, "trace":{"a":"}"} , "x":1e2} \n')).toBe(
      ' {"n": 12345678901234567890.10, "trace":"at\\nline" , "x":1e2,"error":"it \\"broke\\""}'.trimStart(),
    );
    expect(failed('{ }')).toBe('{ "error":"it \\"broke\\"","trace":"at\\nline"}');
  });

  it('is none where the text is no object', () => {
    expect(failed('[{"a":1}]')).toBeUndefined();
    expect(failed('"text"')).toBeUndefined();
    expect(() => failed('{"a":1,}')).toThrow('the body is not JSON');
  });

  it('is none where there is too much in the text to be read in passing', () => {
    expect(failed(`{"x":[${'[],'.repeat(700_000)}[]]}`)).toBeUndefined();
  });
});
