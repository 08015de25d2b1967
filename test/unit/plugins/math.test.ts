// The example plugin whose functions are called by JSON-RPC.
import { describe, expect, it } from 'vitest';
import * as math from '../../../plugins/math/math.js';
import { InvalidParams, type RpcContext } from '../../../src/worker/sdk.ts';

function contextOf(abort = new AbortController()) {
  const told: number[] = [];
  const context = { signal: abort.signal, progress: (fraction: number) => told.push(fraction) };
  return { told, context: context as unknown as RpcContext };
}

describe('plugins/math', () => {
  it('adds and divides', () => {
    expect(math.add(5, 6)).toBe(11);
    expect(math.divide({ dividend: 7, divisor: 2 })).toBe(3.5);
    expect(() => math.divide({ dividend: 7, divisor: 0 })).toThrow(RangeError);
  });

  it('tells its callers where something is no number', () => {
    expect(() => math.add('5' as never, 6)).toThrow(InvalidParams);
    expect(() => math.divide({} as never)).toThrow(InvalidParams);
  });

  it('finds primes, and tells how far it is', async () => {
    const { context, told } = contextOf();
    expect(await math.primes.call(context, 20)).toEqual([2, 3, 5, 7, 11, 13, 17, 19]);
    expect(await math.primes.call(context, 0)).toEqual([]);
    expect(await math.primes.call(context, 30_000)).toHaveLength(3_245);
    expect(told).toEqual([1 / 3, 2 / 3]);
    await expect(math.primes.call(context, 1e9)).rejects.toThrow(InvalidParams);
  });

  it('ends where nobody wants the primes any more', async () => {
    const abort = new AbortController();
    const { context } = contextOf(abort);
    abort.abort(new Error('cancelled'));
    await expect(math.primes.call(context, 30_000)).rejects.toThrow('cancelled');
  });
});
