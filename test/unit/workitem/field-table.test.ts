import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldRules, measureTable } from '../../../src/workitem/field-table.ts';
import { nested, oddHeaders, plainHeaders } from './odd-headers.ts';

// The one that really writes: amqplib does not export it.
const require = createRequire(import.meta.url);
const codec = require('../../../node_modules/amqplib/lib/codec.js') as {
  encodeTable(buffer: Buffer, table: unknown, offset: number): number;
  decodeFields(bytes: Buffer): Record<string, unknown>;
};
const NO_RULES: FieldRules = { text: () => undefined, number: () => undefined };

describe('the size of a field table', () => {
  it('is what amqplib writes, for every table without a problem', () => {
    const buffer = Buffer.alloc(4_000_000);
    let written = 0;
    fc.assert(
      fc.property(fc.oneof(oddHeaders, plainHeaders), (headers) => {
        const { bytes, problem } = measureTable(headers, NO_RULES);
        if (problem) return;
        written++;
        expect(codec.encodeTable(buffer, headers, 0)).toBe(bytes);
      }),
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(100);
  });

  it.each([
    [{}, 4],
    [{ a: 'x' }, 4 + 2 + 1 + 4 + 1],
    [{ a: undefined }, 4],
    [{ a: { '!': 'timestamp', value: 5 } }, 4 + 2 + 1 + 8],
    [{ a: { '!': 'decimal', value: { places: 2, digits: 5 } } }, 4 + 2 + 1 + 5],
    [{ ü: [1, 300, 70_000, 2 ** 40, 0.5, null, true] }, 4 + 3 + 1 + 4 + 7 + 1 + 2 + 4 + 8 + 8 + 0 + 1],
  ])('of %j is %i bytes', (table, bytes) => {
    expect(measureTable(table, NO_RULES)).toEqual({ bytes, problem: undefined });
    expect(codec.encodeTable(Buffer.alloc(1_000), table, 0)).toBe(bytes);
  });
});

describe('what amqplib cannot write', () => {
  it('always has a problem', () => {
    const buffer = Buffer.alloc(4_000_000);
    let refused = 0;
    fc.assert(
      fc.property(oddHeaders, (headers) => {
        if (isWrittenBy(buffer, headers)) return;
        refused++;
        expect(measureTable(headers, NO_RULES).problem).toBeDefined();
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it.each([
    ['NaN', Number.NaN, 'holds the number NaN, which cannot be written'],
    ['infinity', Infinity, 'holds the number Infinity, which cannot be written'],
    ['minus infinity', -Infinity, 'holds the number -Infinity, which cannot be written'],
    [
      'a fraction that looks like an integer',
      2 ** 50 + 0.5,
      'holds the number 1125899906842624.5, which cannot be written',
    ],
    ['a bigint', 1n, 'holds a bigint, for which AMQP has no type'],
    ['undefined in a list', [undefined], 'holds a undefined, for which AMQP has no type'],
    ['a date', new Date(0), 'holds an object that is no plain table'],
    [
      'a table with a "!" of its own',
      { '!': 'Point', value: 3 },
      'holds a table with the key "!", which cannot be written',
    ],
    [
      'a negative timestamp',
      { '!': 'timestamp', value: -1 },
      'holds a table with the key "!", which cannot be written',
    ],
    ['a list that is 51 deep', nested(51), 'is nested deeper than 50 levels'],
    ['a name that is too long', { ['ü'.repeat(128)]: 1 }, 'has a name of more than 255 bytes'],
  ])('%s is named with its header', (_, value, what) => {
    expect(measureTable({ fine: 1, odd: value }, NO_RULES).problem).toEqual({ header: 'odd', what });
  });

  it('ends for tables that contain themselves', () => {
    const loop: Record<string, unknown> = {};
    loop.one = loop;
    loop.two = loop;
    expect(measureTable({ loop }, NO_RULES).problem?.what).toBe('is nested deeper than 50 levels');
  });

  it('does not include lists that are exactly 50 deep, nor the largest double', () => {
    expect(measureTable({ deep: nested(50), much: Number.MAX_VALUE }, NO_RULES).problem).toBeUndefined();
  });
});

function isWrittenBy(buffer: Buffer, headers: unknown): boolean {
  try {
    codec.encodeTable(buffer, headers, 0);
    return true;
  } catch (err) {
    return err === undefined;
  }
}
