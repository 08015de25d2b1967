import fc from 'fast-check';
import { expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../src/core/suggest.ts';

const KNOWN = ['host', 'port', 'passwd', 'passwd_file', 'instances', 'concurrency'];

it.each([
  ['hsto', undefined], // two letters of four: too far
  ['hots', 'host'], // but only one slip
  ['prot', 'port'],
  ['psaswd_flie', undefined],
  ['hos', 'host'],
  ['HOST', 'host'],
  ['password', 'passwd'],
  ['instance', 'instances'],
  ['concurency', 'concurrency'],
  ['something', undefined],
  ['constructor', undefined],
])('for "%s" the nearest is %s', (word, known) => {
  expect(nearest(word, KNOWN)).toBe(known);
});

it('the nearer one wins, and of equally near ones the first', () => {
  expect(nearest('worker2', ['worker1', 'worker22', 'worker2'])).toBe('worker2');
  expect(nearest('worker3', ['worker1', 'worker2'])).toBe('worker1');
});

it('where nothing is known, nothing is suggested', () => {
  expect(nearest('host', [])).toBeUndefined();
  expect(didYouMean('host', [])).toBe('');
});

it('a suggestion is a question', () => {
  expect(didYouMean('prot', ['port_'])).toBe('');
  expect(didYouMean('instanzes', KNOWN)).toBe(' – did you mean "instances"?');
});

it('whatever is suggested is one of the known ones', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, known) => {
      const found = nearest(word, known);
      return found === undefined || known.includes(found);
    }),
  );
});
