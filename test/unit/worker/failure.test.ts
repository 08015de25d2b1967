// What a plugin has thrown, whatever it is, as an error that tells its reader something.
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/worker/failure.ts';

const cyclic: Record<string, unknown> = { code: 7 };
cyclic.self = cyclic;

describe('the error of a failed result', () => {
  it.each([
    ['an error', new TypeError('no paper'), 'no paper'],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a text', 'no paper', 'no paper'],
    ['nothing', undefined, 'undefined'],
    ['an object with a message', { message: 'no paper' }, 'no paper'],
    ['any other object', { code: 3, why: ['jam'] }, '{"code":3,"why":["jam"]}'],
    ['an error that somebody made of an object', new Error('[object Object]'), '[object Object]'],
    ['a text that somebody made of one', '[object Object]', '[object Object]'],
    ['an object that says itself what it is', { toString: () => 'out of ink' }, 'out of ink'],
    ['an object that holds itself', cyclic, expect.stringMatching(/^\{"code":7,"self":\{/)],
  ])('tells what was thrown: %s', (_, thrown, error) => {
    expect(failureOf(thrown).error).toEqual(error);
  });

  it('is bounded', () => {
    expect(Buffer.byteLength(failureOf(new Error('é'.repeat(100_000))).error)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(failureOf({ lines: Array(1000).fill('é'.repeat(9_000)) }).error)).toBeLessThanOrEqual(
      4096,
    );
  });
});
