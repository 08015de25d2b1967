import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/workitem/json.ts';
import { checkJson, outlineOf } from '../../../src/workitem/json-outline.ts';

const isTaken = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch (err) {
    expect(err).toMatchObject({ code: 'UNREADABLE' });
    return false;
  }
};

describe('a text is taken where a parser takes it, and nowhere else', () => {
  const same = (bytes: Buffer): void => {
    const [here, there] = [isTaken(() => checkJson(bytes)), isTaken(() => parseJson(bytes))];
    expect(`${bytes.toString('latin1')}: ${here}`).toBe(`${bytes.toString('latin1')}: ${there}`);
  };

  it.each([
    ...[
      '',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '[]',
      '{}',
      '[1,]',
      '[,1]',
      '{"a":1,}',
      '{,}',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      "{'a':1}",
    ],
    ...['[1 2]', '{"a":1 "b":2}', '[]]', '[][]', 'null', 'nul', 'nulls', 'true', 'false', 'True', 'NaN', 'Infinity'],
    ...['0', '-0', '00', '01', '-', '-01', '1.', '.5', '1.5', '1.5.', '1e5', '1E+5', '1e-', '1e', '1e5.0', '+1', '0x1'],
    ...[
      '"',
      '""',
      '"a',
      '"\\"',
      '"\\\\"',
      '"\\u12"',
      '"\\u12aF"',
      '"\\u12gF"',
      '"\\x"',
      '"\\/"',
      '"\t"',
      '"\n"',
      '"\u007f"',
    ],
    ...[
      '\ufeff{}',
      ' \ufeff{}',
      '\ufeff',
      '\uf000{}',
      '{}\ufeff',
      '\v[]',
      '\u00a0[]',
      '[1]\0',
      '"\ud800"',
      '{"":{"":[{}]}}',
    ],
  ])('%j', (text) => same(Buffer.from(text)));

  it('of whatever bytes, and of whatever has once been JSON', () => {
    const soup = fc.array(fc.constantFrom(...'{}[]",:\\ \n0123456789-+.eEtrufalsn'), { maxLength: 12 });
    const texts = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('', ...'{}[]",:\\ 1e.-\0'))
      .map(
        ([json, at, put]) =>
          json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + (at % 3)),
      );
    const bytes = fc.uint8Array({ maxLength: 8 });
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((one) => one.join('')),
          texts,
          fc.json(),
          bytes,
        ),
        (one) => same(Buffer.from(one as string)),
      ),
      { numRuns: 5_000 },
    );
  });

  it('as deep as a parser goes here', () => {
    for (const depth of [499, 500, 501, 100_000]) {
      same(Buffer.from('['.repeat(depth) + ']'.repeat(depth)));
      same(Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`));
    }
    expect(() => checkJson(Buffer.from('['.repeat(501)))).toThrow('the body is JSON nested deeper than 500 levels');
  });
});

describe('the outline', () => {
  const outline = (json: string, most = 10) => outlineOf(Buffer.from(json), 'it', most);

  it('is of an object’s own members, where they stand, to the letter', () => {
    const json = '\ufeff { "a" : 12345678901234567890 , "b\\"\\u00e9":{"a":[1.0, {}]}, "a":"}" }';
    const bytes = Buffer.from(json);
    const found = outline(json)?.map(({ key, start, end }) => [key, bytes.toString('utf8', start, end)]);
    expect(found).toEqual([
      ['a', '12345678901234567890'],
      ['b"é', '{"a":[1.0, {}]}'],
      ['a', '"}"'],
    ]);
  });

  it('is none of what is no object', () => {
    for (const json of ['[{"a":1}]', '"{"', '1', ' null']) expect(outline(json)).toBeNull();
    expect(outline('{}')).toEqual([]);
  });

  it('has an end', () => {
    expect(outline('{"a":1,"b":{"c":1,"d":2,"e":3}}', 2)).toHaveLength(2);
    expect(() => outline('{"a":1,"b":2,"c":3}', 2)).toThrow('it is an object of more than 2 members');
    expect(() => outlineOf(Buffer.from([0x22, 0xff, 0x22]), 'it', 2)).toThrow('it is not UTF-8 text');
    expect(() => outline('[1')).toThrow('it is not JSON: byte 2');
  });

  it('has what a parser finds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom('', ' ', '\r\n\t'),
        (table, space) => {
          const json = Buffer.from(JSON.stringify(table, null, space));
          const members = outlineOf(json, 'it', 1000) ?? [];
          const found = members.map(({ key, start, end }) => [key, JSON.parse(json.toString('utf8', start, end))]);
          expect(Object.fromEntries(found)).toEqual(JSON.parse(json.toString()));
        },
      ),
    );
  });
});
