import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainFields, plainValue } from '../../../src/core/plain.ts';

describe('plain data', () => {
  it('takes over what JSON can take', () => {
    const value = {
      text: 'a',
      list: [1, true, null],
      table: { b: 1.5 },
      when: new Date(0),
      where: new URL('http://h/'),
    };
    expect(plainValue(value, 100)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('names what JSON cannot take', () => {
    const value = {
      big: 10n,
      bytes: Buffer.from('abc'),
      call: () => 1,
      not: Number.NaN,
      err: new Error('boom'),
      gone: undefined,
    };
    expect(plainValue(value, 100)).toEqual({
      big: '10',
      bytes: '[3 bytes]',
      call: '[function]',
      not: 'NaN',
      err: 'boom',
    });
  });

  it('spoils only the entry whose getter throws', () => {
    const value = {
      good: 1,
      get bad(): never {
        throw new Error('no');
      },
    };
    expect(plainFields(value, 100)).toEqual({ good: 1, bad: '[cannot be shown]' });
  });

  it('is an empty table where fields were wanted and none were given', () => {
    for (const odd of [null, undefined, 'text', 7, [1]]) expect(plainFields(odd, 100)).toEqual({});
  });

  it('is bounded and has a JSON, whatever it is made of', () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const wide = Array.from({ length: 100_000 }, () => ({ text: 'x'.repeat(1000) }));
    const strange = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.oneof(strange, fc.constant(cyclic), fc.constant(wide)), (value) => {
        expect(JSON.stringify(plainValue(value, 100)).length).toBeLessThan(60_000);
      }),
    );
  });
});
