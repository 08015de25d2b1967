import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterCrash,
  afterThrow,
  attemptsAllowed,
  type Counts,
  needsProcessAlone,
  type RetryOptions,
} from '../../../src/retry/policy.ts';

const OPTIONS: RetryOptions = { retryDelayMs: 5_000, retryMaxDelayMs: 60_000, maxCrashes: 3 };
const counts = (more: Partial<Counts> = {}): Counts => ({
  attempt: 1,
  crashes: 0,
  suspicions: 0,
  postponements: 0,
  redeliveries: 0,
  ...more,
});
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
      counts: { attempt: 3, crashes: 1, suspicions: 0, postponements: 0, redeliveries: 4 },
    });
  });
});

describe('a worker process that died', () => {
  it('is counted, and is no attempt', () => {
    expect(afterCrash(counts({ attempt: 2 }), true, OPTIONS, longest)).toEqual({
      kind: 'again',
      afterMs: 5_000,
      counts: { attempt: 2, crashes: 1, suspicions: 0, postponements: 0, redeliveries: 0 },
    });
  });

  it('is the last at max_crashes', () => {
    expect(afterCrash(counts({ crashes: 1 }), true, OPTIONS).kind).toBe('again');
    expect(afterCrash(counts({ crashes: 2 }), true, OPTIONS)).toEqual({ kind: 'last' });
    expect(afterCrash(counts({ crashes: 99 }), true, OPTIONS)).toEqual({ kind: 'last' });
  });

  it('with several workitems charges none of them, and makes all of them suspects', () => {
    const last = counts({ crashes: 0, suspicions: 0 });
    expect(afterCrash(last, false, { ...OPTIONS, maxCrashes: 1 }, longest)).toEqual({
      kind: 'again',
      afterMs: 5_000,
      counts: { ...last, suspicions: 1 },
    });
    expect(needsProcessAlone(last)).toBe(false);
    expect(needsProcessAlone(counts({ suspicions: 1 }))).toBe(true);
    expect(needsProcessAlone(counts({ crashes: 1 }))).toBe(true);
  });
});

it('among workitems that share processes, the guilty are given up after max_crashes, and no innocent one ever is', () => {
  const crowd = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(crowd, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }), (guilt, maxCrashes, places) => {
      let open = guilt.map((isGuilty) => ({ isGuilty, counts: counts(), deaths: 0 }));
      const ended: typeof open = [];
      for (let rounds = 0; open.length > 0; rounds++) {
        expect(rounds).toBeLessThan(200);
        const [first] = open;
        const isAlone = (one: (typeof open)[number]): boolean => needsProcessAlone(one.counts);
        const inside = first && isAlone(first) ? [first] : open.filter((one) => !isAlone(one)).slice(0, places);
        open = open.filter((one) => !inside.includes(one));
        if (!inside.some(({ isGuilty }) => isGuilty)) {
          ended.push(...inside);
          continue;
        }
        for (const one of inside) {
          const next = afterCrash(one.counts, inside.length === 1, { ...OPTIONS, maxCrashes });
          const after = { ...one, deaths: one.deaths + 1 };
          if (next.kind === 'last') {
            expect(one.isGuilty).toBe(true);
            ended.push(after);
          } else open.push({ ...after, counts: next.counts });
        }
      }
      expect(ended).toHaveLength(guilt.length);
      for (const { isGuilty, deaths } of ended) {
        if (isGuilty) expect([maxCrashes, maxCrashes + 1]).toContain(deaths);
        else expect(deaths).toBeLessThanOrEqual(1);
      }
    }),
  );
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
