import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf, TaskqueueError } from '../../../src/core/errors.ts';

describe('an error of ours', () => {
  it('is an Error with a code, a message and its cause', () => {
    const cause = new Error('below');
    const error = new TaskqueueError('CONFIG', 'it is wrong', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TaskqueueError', code: 'CONFIG', message: 'it is wrong', cause });
    expect('cause' in new TaskqueueError('USAGE', 'x')).toBe(false);
  });
});

describe('the message of what was thrown', () => {
  const getter = {
    get message(): string {
      throw new Error('no');
    },
  };
  const odd: [string, unknown, string][] = [
    ['an error', new Error('broken'), 'broken'],
    ['an error without a message', new RangeError(), 'RangeError'],
    ['a text', 'broken', 'broken'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an error whose message is no text', Object.assign(new Error('x'), { message: { toString: () => 'odd' } }), 'odd'],
    ['an error whose message is null', Object.assign(new TypeError('x'), { message: null }), 'TypeError'],
    ['an object without a prototype', Object.create(null), 'something that cannot be shown was thrown'],
    [
      'an error whose message throws',
      Object.setPrototypeOf(getter, Error.prototype),
      'something that cannot be shown was thrown',
    ],
    [
      'an object whose toString throws',
      {
        toString: () => {
          throw new Error('no');
        },
      },
      'something that cannot be shown was thrown',
    ],
  ];
  it.each(odd)('%s', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it('is a text, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true }),
        (thrown) => typeof messageOf(thrown) === 'string',
      ),
    );
  });
});
