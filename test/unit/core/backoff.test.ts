import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from '../../../src/core/backoff.ts';

const longest = (attempt: number, firstMs: number, maxMs: number): number =>
  backoffMs(attempt, firstMs, maxMs, () => 1);

it('doubles from the first pause on, up to the longest', () => {
  expect([1, 2, 3, 4, 5, 6, 100, 5_000].map((attempt) => longest(attempt, 100, 3_000))).toEqual([
    100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000,
  ]);
});

it('lies between half and all of that, and is a whole number, for any attempt and any chance', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.nat(1e6),
      fc.nat(1e9),
      chance,
      (attempt, firstMs, maxMs, random) => {
        const ms = backoffMs(attempt, firstMs, maxMs, () => random);
        const fullMs = longest(attempt, firstMs, maxMs);
        expect(Number.isSafeInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(Math.floor(fullMs / 2));
        expect(ms).toBeLessThanOrEqual(Math.min(fullMs, maxMs));
      },
    ),
  );
});

it('differs from one caller to the next, so that they do not come back together', () => {
  const pauses = new Set(Array.from({ length: 50 }, () => backoffMs(5, 1_000, 1_000_000)));
  expect(pauses.size).toBeGreaterThan(10);
});
