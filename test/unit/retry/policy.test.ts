import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterCrash, afterThrow, attemptsAllowed, type Counts, type RetryOptions } from '../../../src/retry/policy.ts';

const OPTIONS: RetryOptions = { maxAttempts: null, retryDelayMs: 5_000, retryMaxDelayMs: 60_000, maxCrashes: 3 };
const counts = (more: Partial<Counts> = {}): Counts => ({ attempt: 1, crashes: 0, redeliveries: 0, ...more });
const longest = (): number => 1;

describe('the attempts of a workitem', () => {
  it.each([
    [null, undefined, 1],
    [5, undefined, 5],
    [null, 4, 4],
    [5, 4, 4],
    [3, 4, 3],
    [1, 1_000_000, 1],
    [5, 0, 1],
    [null, 0, 1],
  ])('configured %s and wished %s are %i', (configured, wished, allowed) => {
    expect(attemptsAllowed(configured, wished)).toBe(allowed);
  });
});

describe('a handler that threw', () => {
  it('has no other attempt where it has used up its own', () => {
    expect(afterThrow(counts(), 1, OPTIONS)).toEqual({ kind: 'last' });
    expect(afterThrow(counts({ attempt: 7 }), 3, OPTIONS)).toEqual({ kind: 'last' });
  });

  it('has the next attempt after a delay, and nothing else changes', () => {
    const now = counts({ attempt: 2, crashes: 1, redeliveries: 4 });
    expect(afterThrow(now, 3, OPTIONS, longest)).toEqual({
      kind: 'again',
      afterMs: 10_000,
      counts: { attempt: 3, crashes: 1, redeliveries: 4 },
    });
  });
});

describe('a worker process that died', () => {
  it('is counted, and is no attempt', () => {
    expect(afterCrash(counts({ attempt: 2 }), OPTIONS, longest)).toEqual({
      kind: 'again',
      afterMs: 5_000,
      counts: { attempt: 2, crashes: 1, redeliveries: 0 },
    });
  });

  it('is the last at max_crashes', () => {
    expect(afterCrash(counts({ crashes: 1 }), OPTIONS).kind).toBe('again');
    expect(afterCrash(counts({ crashes: 2 }), OPTIONS)).toEqual({ kind: 'last' });
    expect(afterCrash(counts({ crashes: 99 }), OPTIONS)).toEqual({ kind: 'last' });
  });
});

it('the delays double, never exceed retry_max_delay, and are never less than half of that', () => {
  const attempt = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 });
  fc.assert(
    fc.property(attempt, fc.double({ min: 0, max: 1, noNaN: true }), (n, luck) => {
      const next = afterThrow(counts({ attempt: n }), Number.MAX_SAFE_INTEGER, OPTIONS, () => luck);
      if (next.kind === 'last') throw new Error('there were attempts left');
      const full = Math.min(OPTIONS.retryMaxDelayMs, OPTIONS.retryDelayMs * 2 ** (n - 1));
      expect(next.afterMs).toBeGreaterThanOrEqual(full / 2 - 1);
      expect(next.afterMs).toBeLessThanOrEqual(full);
      expect(Number.isInteger(next.afterMs)).toBe(true);
    }),
  );
});
