import { describe, expect, it } from 'vitest';
import { methodsOf } from '../../../../src/worker/rpc/methods.ts';

const one = (): number => 1;
const two = (): number => 2;
const names = (namespace: unknown, type = 'math'): readonly string[] =>
  [...methodsOf(namespace, type).keys()].toSorted();

describe('the methods of a module', () => {
  it('are the functions that it exports, whatever else it exports', () => {
    expect(names({ one, two, LIMIT: 5, table: { three: one }, nothing: null })).toEqual(['one', 'two']);
    expect(names({ arrow: () => 1, later: async () => 1, bound: one.bind(null) })).toEqual(['arrow', 'bound', 'later']);
  });

  it('have the default-exported function among them, under the name of the worker type', () => {
    const methods = methodsOf({ default: one, two }, 'math');
    expect(methods.get('math')).toBe(one);
    expect([...methods.keys()].toSorted()).toEqual(['math', 'two']);
    expect(names({ default: one }, 'org.math')).toEqual(['math']);
  });

  it('are found in CommonJS too, also as compilers write it', () => {
    expect(names({ default: { one, two }, 'module.exports': { one, two } })).toEqual(['one', 'two']);
    expect(names({ default: Object.assign(one.bind(null), { two }) })).toEqual(['math', 'two']);
    const compiled = { __esModule: true, default: one, two };
    expect(names({ default: compiled, 'module.exports': compiled, two })).toEqual(['math', 'two']);
  });

  it('never include classes, what is inherited, hidden, or means something to JavaScript', () => {
    class Thing {}
    const hidden = Object.defineProperty({}, 'secret', { value: one, enumerable: false });
    const inherited = Object.create({ base: one });
    const odd = Object.fromEntries(
      ['__proto__', 'then', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '__esModule', 'a.b', ''].map(
        (name) => [name, one],
      ),
    );
    for (const table of [odd, hidden, inherited, { Thing, default: Thing }]) {
      expect(names({ two, ...table, default: Object.assign(inherited, hidden, { two }) })).toEqual(['two']);
    }
  });

  it('must be there: a module without a function is a mistake', () => {
    for (const namespace of [{}, { default: {} }, { default: class {} }, { LIMIT: 5 }, null, 7]) {
      expect(() => methodsOf(namespace, 'math')).toThrow(expect.objectContaining({ code: 'PLUGIN' }));
    }
  });
});
