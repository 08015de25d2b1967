import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { describeThrown, sentenceOf, traceOf } from '../../../src/core/thrown.ts';

describe('what was thrown', () => {
  it.each([
    ['an error', new Error('boom'), 'boom'],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a text', 'plain text', 'plain text'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['an object that looks like an error', { message: 'from elsewhere' }, 'from elsewhere'],
    ['a frozen error', Object.freeze(new Error('cold')), 'cold'],
    ['an object without toString', Object.create(null), 'something that cannot be shown was thrown'],
    ['an aggregate', new AggregateError([new Error('a'), new Error('b')]), 'a; b'],
    ['a code', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'refused (ECONNREFUSED)'],
    ['a cause', new Error('outside', { cause: new Error('inside') }), 'outside: inside'],
    ['a cause that is told already', new Error('not read: inside', { cause: new Error('inside') }), 'not read: inside'],
  ])('is told in a sentence: %s', (_what, thrown, sentence) => {
    expect(sentenceOf(describeThrown(thrown))).toBe(sentence);
  });

  it('has a trace with those of its causes, cut to what fits', () => {
    const thrown = describeThrown(new Error('outside', { cause: new Error('inside') }));
    expect(traceOf(thrown, 16_384)).toMatch(/^Error: outside\n {4}at .*\nCaused by: Error: inside\n {4}at /s);
    expect(Buffer.byteLength(traceOf(thrown, 100))).toBeLessThanOrEqual(100);
    expect(traceOf(describeThrown(null), 100)).toBe('');
  });

  it('is not followed for ever where it is its own cause', () => {
    const thrown = new Error('round');
    thrown.cause = thrown;
    expect(sentenceOf(describeThrown(thrown))).toBe('round');
  });

  it('can be anything at all, getters that throw included', () => {
    const hostile = new Proxy(new Error(), {
      get: () => {
        throw new Error('no');
      },
      getPrototypeOf: () => {
        throw new Error('no');
      },
    });
    expect(messageOf(hostile)).toBe('something that cannot be shown was thrown');
    expect(sentenceOf(describeThrown(hostile))).toBe('something that cannot be shown was thrown');
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        expect(typeof sentenceOf(describeThrown(thrown))).toBe('string');
        expect(typeof traceOf(describeThrown(thrown), 1000)).toBe('string');
      }),
    );
  });
});
