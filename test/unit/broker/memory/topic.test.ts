import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topicMatches } from '../../../../src/broker/memory/topic.ts';

test.each([
  ['#', '', true],
  ['#', 'a.b', true],
  ['*', 'a', true],
  ['*', '', true], // one word, and it is empty
  ['*', 'a.b', false],
  ['a.*', 'a', false],
  ['a.#', 'a', true],
  ['a.#', 'ab', false],
  ['#.a.#', 'b.a.c.a', true],
  ['#.#', 'a', true],
  ['*.#.*', 'a', false],
  ['*.#.*', 'a.b', true],
  ['a.b', 'a.b', true],
  ['a.b', 'a.B', false],
  ['', '', true],
  ['', 'a', false],
])('pattern "%s" against "%s": %s', (pattern, key, matches) => {
  expect(topicMatches(pattern, key)).toBe(matches);
});

test('agrees with the same pattern as a regular expression', () => {
  const word = fc.constantFrom('a', 'b', '');
  const parts = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 6 });
  const keys = fc.array(word, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, keys, (pattern, words) => {
      // Each word is followed by a dot, so that "no word at all" is simply nothing.
      const source = pattern.map((part) => (part === '#' ? '(?:[^.]*\\.)*' : part === '*' ? '[^.]*\\.' : `${part}\\.`));
      const isMatch = new RegExp(`^${source.join('')}$`).test(`${words.join('.')}.`);
      expect(topicMatches(pattern.join('.'), words.join('.'))).toBe(isMatch);
    }),
    { numRuns: 2_000 },
  );
});

test('takes no exponential time for a pattern of many #', () => {
  const pattern = `${'#.a.'.repeat(40)}b`;
  expect(topicMatches(pattern, 'a.'.repeat(100))).toBe(false);
});
