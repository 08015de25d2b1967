// Content types, accept patterns, worker types and headers: the small rules about names.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAccepted } from '../../../src/workitem/accept.ts';
import { counter, HEADER, isFromSender, wholeNumber } from '../../../src/workitem/headers.ts';
import { formatName, plainContentType } from '../../../src/workitem/registry.ts';
import { isWorkerType } from '../../../src/workitem/worker-type.ts';
import { TYPES } from './formats.ts';

describe('a content type', () => {
  it.each([
    ['Text/Plain; charset=utf-8', 'text/plain'],
    [' application/json ;x', 'application/json'],
    ['', ''],
    [';', ''],
  ])('"%s" is plainly "%s"', (written, plain) => {
    expect(plainContentType(written)).toBe(plain);
  });

  it('leads to the format of the map, or to itself – never to what every object has', () => {
    expect(formatName('TEXT/plain;charset=x', TYPES)).toBe('application/x-basic-workitem');
    expect(formatName('image/png', TYPES)).toBe('image/png');
    expect(formatName('constructor', TYPES)).toBe('constructor');
    expect(formatName('__proto__', TYPES)).toBe('__proto__');
  });
});

describe('a worker accepts', () => {
  it.each([
    [['*/*'], 'anything/at-all', true],
    [['*'], 'x', true],
    [[], 'text/plain', false],
    [['text/*'], 'Text/HTML; charset=utf-8', true],
    [['text/*'], 'textual/x', false],
    [['application/json'], 'application/json; charset=utf-8', true],
    [['application/json; charset=utf-8'], 'application/json', true],
    [[' Application/JSON '], 'application/json', true],
    [['application/x-ruote-workitem'], 'application/json', true], // by the name of its format
    [['application/x-*'], 'application/x-foo', false],
    [['image/png', 'text/plain'], 'text/plain', true],
    [['text/plain'], 'text/plainer', false],
  ])('with %j: "%s" is %s', (patterns, contentType, isTaken) => {
    expect(isAccepted(patterns, contentType, TYPES)).toBe(isTaken);
  });
});

describe('a worker type', () => {
  it.each(['a', 'A1', '0', 'simple-builder_2.x', 'x'.repeat(128)])('may be "%s"', (name) => {
    expect(isWorkerType(name)).toBe(true);
  });

  it.each<unknown>([
    '',
    '.a',
    '-a',
    '_a',
    'a b',
    'a/b',
    'a\n',
    'ä',
    'a#',
    'a*',
    'x'.repeat(129),
    'x'.repeat(300),
    5,
    null,
    undefined,
    ['a'],
  ])('cannot be %j', (name) => {
    expect(isWorkerType(name)).toBe(false);
  });
});

describe('a whole number in a header', () => {
  it.each<[unknown, number | undefined]>([
    [0, 0],
    [5, 5],
    ['5', 5],
    ['0012', 12],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    [{ '!': 'timestamp', value: 7 }, 7],
    ['9007199254740992', undefined],
    ['99999999999999999', undefined],
    [2 ** 53, undefined],
    [-1, undefined],
    ['-1', undefined],
    [1.5, undefined],
    ['1.0', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['', undefined],
    [' 5', undefined],
    ['5\n', undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [[5], undefined],
    [{ '!': 'decimal', value: 7 }, undefined],
    [{ '!': 'timestamp', value: { '!': 'timestamp', value: 7 } }, undefined],
    [{ valueOf: () => 5 }, undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
  ])('%j is %j', (value, number) => {
    expect(wholeNumber(value)).toBe(number);
  });

  it('is one, or none, whatever stands there', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const number = wholeNumber(value);
        return number === undefined || (Number.isSafeInteger(number) && number >= 0);
      }),
    );
  });

  it('counts as something else where it is missing or nonsense', () => {
    expect(counter({ 'tq-attempt': 2 }, HEADER.attempt, 1)).toBe(2);
    expect(counter({ 'tq-attempt': 'many' }, HEADER.attempt, 1)).toBe(1);
    expect(counter({}, HEADER.crashes)).toBe(0);
  });
});

describe('headers of ours', () => {
  it('have names of their own', () => {
    const names = Object.values(HEADER);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^tq-[a-z-]+$/);
  });

  it('are ours to set, but for the wishes of senders', () => {
    expect(['tq-type', 'tq-due', 'tq-lock', 'other', 'TQ-run', ''].map(isFromSender)).not.toContain(false);
    expect(['tq-run', 'tq-user', 'tq-', 'tq-unknown', HEADER.kind].map(isFromSender)).not.toContain(true);
  });
});
