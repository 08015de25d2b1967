import { describe, expect, it } from 'vitest';
import { errorNameIn, fingerprintOf, masked } from '../../../src/workitem/fingerprint.ts';

describe('masked', () => {
  it.each([
    ['cannot read /srv/images/a17.png', 'cannot read <path>'],
    ["ENOENT: no such file, open '/tmp/x.y/z'", "ENOENT: no such file, open '<path>'"],
    ['C:\\temp\\a.txt is locked', '<path> is locked'],
    ['../up/here and ~/mine', '<path> and <path>'],
    ['this and/or that', 'this and/or that'],
    ['took 17.5 s, 3 attempts', 'took <n> s, <n> attempts'],
    ['at 12:30:45', 'at <n>'],
    ['order 5f2b8c90a1e4 of 0190b6c0-1111-7abc-8def-0123456789ab', 'order <hex> of <id>'],
    ['at 0x7fff5fbff8c0', 'at <hex>'],
    ['GET https://h:81/a?b=1 answered 503', 'GET <url> answered <n>'],
    ['a facade and a decade', 'a facade and a decade'],
    ['connect ECONNREFUSED 127.0.0.1:5672', 'connect ECONNREFUSED <n>'],
    ['', ''],
  ])('%j becomes %j', (message, expected) => {
    expect(masked(message)).toBe(expected);
  });

  it.each([
    '/'.repeat(100_000),
    '/a'.repeat(50_000),
    'a'.repeat(100_000),
    '0x'.repeat(50_000),
    'http://'.repeat(20_000),
  ])('takes no time over a long text (%#)', (message) => {
    expect(masked(message).length).toBeLessThanOrEqual(20_000);
  });
});

describe('fingerprintOf', () => {
  const error = { type: 'resize', name: 'TypeError', message: 'cannot read /a/1.png after 3 s' };

  it('is the same for errors that differ in numbers, ids and paths only', () => {
    expect(fingerprintOf({ ...error, message: 'cannot read /b/c/2.jpg after 17 s' })).toBe(fingerprintOf(error));
    expect(fingerprintOf(error)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is another one for another type, name or text', () => {
    const others = [{ type: 'crop' }, { name: 'RangeError' }, { message: 'cannot write /a/1.png after 3 s' }];
    const prints = [error, ...others.map((change) => ({ ...error, ...change }))].map(fingerprintOf);
    expect(new Set(prints).size).toBe(4);
  });

  it('stays what it was: others may have kept it', () => {
    expect(fingerprintOf(error)).toBe('eeb866361d7a');
  });
});

describe('errorNameIn', () => {
  it.each([
    ['TypeError: x is not a function\n    at f (/a.js:1:2)', 'TypeError'],
    ['Error\n    at f', 'Error'],
    ['TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument', 'TypeError'],
    ['Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad', 'ValueError'],
    ['Traceback (most recent call last):\n  File "a.py", line 1\nKeyboardInterrupt', 'KeyboardInterrupt'],
    ['requests.exceptions.ReadTimeout: took too long', 'requests.exceptions.ReadTimeout'],
    ['note: something', 'failed'],
    ['', 'failed'],
  ])('in %j it is %s', (trace, expected) => {
    expect(errorNameIn(trace, 'failed')).toBe(expected);
  });
});
