import { describe, expect, it } from 'vitest';
import { argumentsFor, type Params } from '../../../../src/worker/rpc/arguments.ts';

describe('the arguments of a function', () => {
  it.each<[string, number, Params, readonly unknown[]]>([
    ['by position', 2, [5, 6], [5, 6]],
    ['by position, more than it declares', 1, [1, 2, 3], [1, 2, 3]],
    ['by position, with some that have defaults', 1, [1], [1]],
    ['by name, as one object', 1, { a: 1 }, [{ a: 1 }]],
    ['by name, where that has a default', 0, { a: 1 }, [{ a: 1 }]],
    ['none', 0, undefined, []],
    ['an empty list', 0, [], []],
  ])('are the parameters: %s', (_what, wanted, params, values) => {
    expect(argumentsFor('f', wanted, params)).toEqual({ kind: 'arguments', values });
  });

  it.each<[number, Params, string]>([
    [2, [5], 'f takes 2 parameters, not 1'],
    [1, undefined, 'f takes 1 parameter, not 0'],
    [2, { a: 1, b: 2 }, 'f takes 2 parameters by position, and none by name'],
    [0, Array.from({ length: 1001 }), 'f was given more than 1000 parameters'],
  ])('are missing, where a function that declares %i is given %j', (wanted, params, error) => {
    expect(argumentsFor('f', wanted, params)).toEqual({ kind: 'invalid', error });
  });
});
