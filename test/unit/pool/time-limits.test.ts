import { beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../src/pool/job.ts';
import { TimeLimits, warnAfterMs } from '../../../src/pool/time-limits.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { job } from './fixtures.ts';

let clock: ManualClock;
let said: string[];
let limits: TimeLimits;
const limited = (number: number, timeoutMs: number | null): Job => ({ ...job(), number, timeoutMs });

beforeEach(() => {
  clock = manualClock();
  said = [];
  limits = new TimeLimits({
    clock,
    killTimeoutMs: 500,
    tell: ({ number }) => said.push(`tell ${number}`),
    cut: () => said.push('cut'),
  });
});

describe('a workitem whose time is up', () => {
  it('is told first, and then its process is ended', async () => {
    const one = limited(1, 1_000);
    limits.watch(one);
    await clock.advance(999);
    expect(said).toEqual([]);
    await clock.advance(1);
    expect(said).toEqual(['tell 1']);
    await clock.advance(499);
    expect([said, limits.isCut]).toEqual([['tell 1'], false]);
    await clock.advance(1);
    expect(said).toEqual(['tell 1', 'cut']);
    expect([limits.isCut, limits.exceededBy(one)]).toEqual([true, 1_000]);
  });

  it('and that ends by itself is left alone', async () => {
    for (const endsAt of [500, 1_200]) {
      const one = limited(endsAt, 1_000);
      limits.watch(one);
      await clock.advance(endsAt);
      limits.forget(one);
      expect(limits.exceededBy(one)).toBeUndefined();
    }
    await clock.advance(60_000);
    expect(said).toEqual(['tell 1200']);
    expect(clock.pending).toBe(0);
  });

  it('is not mistaken for another of the same process, nor for one of the next', async () => {
    const [slow, innocent] = [limited(1, 1_000), limited(2, 10_000)];
    limits.watch(slow);
    limits.watch(innocent);
    await clock.advance(1_500);
    expect([limits.exceededBy(slow), limits.exceededBy(innocent)]).toEqual([1_000, undefined]);
    limits.clear();
    expect([limits.isCut, limits.exceededBy(slow)]).toEqual([false, undefined]);
  });
});

it('a workitem without a limit may take as long as it likes', async () => {
  limits.watch(limited(1, null));
  await clock.advance(1e9);
  expect([said, clock.pending]).toEqual([[], 0]);
});

it.each([
  [30_000, 10_000, 20_000],
  [30_000, 0, 30_000],
  [10_000, 10_000, 5_000],
  [0, 10_000, 0],
])(
  'of a stop_timeout of %i ms with a kill_timeout of %i, handlers know nothing for %i',
  (stopTimeoutMs, killTimeoutMs, afterMs) => {
    expect(warnAfterMs({ stopTimeoutMs, killTimeoutMs })).toBe(afterMs);
  },
);
