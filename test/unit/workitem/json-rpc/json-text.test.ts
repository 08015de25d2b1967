import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemTexts, memberText } from '../../../../src/workitem/json-rpc/json-text.ts';

describe('the parts of a JSON text', () => {
  it('are as they are written', () => {
    expect(itemTexts('[ 1.0 ,"a,]\\"",{"b":[2,{"c":"}"}]} , [],true]')).toEqual([
      '1.0',
      '"a,]\\""',
      '{"b":[2,{"c":"}"}]}',
      '[]',
      'true',
    ]);
    expect(itemTexts(' [ ] ')).toEqual([]);
    expect(memberText('{ "a" : {"id":1} , "id" : 12345678901234567890 }', 'id')).toBe('12345678901234567890');
    expect(memberText('{}', 'id')).toBeUndefined();
  });

  it('are found under a name however that is written; the last one counts, as for JSON.parse', () => {
    expect(memberText('{"id":1,"\\u0069d":2,"idx":3}', 'id')).toBe('2');
  });

  it('make up the whole, whatever the whole is', () => {
    const space = fc.constantFrom(0, 1, '\t', '  \n');
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), space, (list, indent) => {
        const texts = itemTexts(JSON.stringify(list, null, indent));
        expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(list.map((one) => JSON.stringify(one)));
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), space, (table, indent) => {
        const text = JSON.stringify(table, null, indent);
        for (const [name, value] of Object.entries(table)) {
          expect(JSON.stringify(JSON.parse(memberText(text, name) ?? ''))).toBe(JSON.stringify(value));
        }
      }),
    );
  });
});
