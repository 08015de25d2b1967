import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reject, RetryLater } from '../../../src/worker/base-worker.ts';
import { verdictOfThrown } from '../../../src/worker/verdict.ts';

describe('what a handler throws', () => {
  it('is a failure with message and trace', () => {
    expect(verdictOfThrown(new Error('boom'))).toEqual({
      kind: 'threw',
      failure: { mishap: 'threw', error: 'boom', trace: expect.stringContaining('verdict.test.ts') },
    });
  });

  it('asks for another attempt, or for none, by the two errors of the SDK', () => {
    expect(verdictOfThrown(new RetryLater(1500, 'busy'))).toEqual({ kind: 'retryLater', delayMs: 1500, error: 'busy' });
    expect(verdictOfThrown(new Reject('nonsense'))).toEqual({ kind: 'rejected', error: 'nonsense' });
  });

  it('is recognised by name and shape where a plugin brings its own copy of the SDK', () => {
    const retry = Object.assign(new Error('busy'), { name: 'RetryLater', delayMs: 10 });
    const reject = Object.assign(new Error('nonsense'), { name: 'Reject' });
    expect(verdictOfThrown(retry)).toEqual({ kind: 'retryLater', delayMs: 10, error: 'busy' });
    expect(verdictOfThrown(reject)).toEqual({ kind: 'rejected', error: 'nonsense' });
  });

  it.each([['-1'], [-1], [Number.NaN], [undefined]])('is a failure where its delay is none: %s', (delayMs) => {
    const odd = Object.assign(new Error('busy'), { name: 'RetryLater', delayMs });
    expect(verdictOfThrown(odd).kind).toBe('threw');
  });

  it('keeps an endless delay within what JSON can hold', () => {
    expect(verdictOfThrown(new RetryLater(Number.POSITIVE_INFINITY))).toMatchObject({
      kind: 'retryLater',
      delayMs: Number.MAX_SAFE_INTEGER,
    });
  });

  it('is a bounded failure whatever it is', () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
      getPrototypeOf() {
        throw new Error('no');
      },
    });
    const huge = Object.assign(new Error('m'.repeat(100_000)), { stack: 's'.repeat(1_000_000) });
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
    fc.assert(
      fc.property(fc.oneof(anything, fc.constantFrom(hostile, huge, null, undefined)), (thrown) => {
        const verdict = verdictOfThrown(thrown);
        expect(verdict.kind).toBe('threw');
        const { error, trace } = (verdict as { failure: { error: string; trace: string } }).failure;
        expect(Buffer.byteLength(error)).toBeLessThanOrEqual(4096);
        expect(Buffer.byteLength(trace)).toBeLessThanOrEqual(16_384);
      }),
    );
  });
});
