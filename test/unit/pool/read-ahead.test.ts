import { describe, expect, test } from 'vitest';
import { type Pace, paceAfter, SLOW } from '../../../src/pool/read-ahead.ts';

const paceOf = (count: number, tookMs: number, bodyBytes = 1000, from: Pace = SLOW): Pace =>
  Array.from({ length: count }).reduce<Pace>((pace) => paceAfter(pace, tookMs, bodyBytes), from);

describe('reading ahead', () => {
  test('begins with nothing, and waits for more than one quick workitem', () => {
    expect(SLOW.ahead).toBe(0);
    expect(paceOf(1, 0).ahead).toBe(0);
    expect(paceOf(50, 0).ahead).toBeGreaterThan(10);
  });

  test('takes no more than can be handled while it may wait', () => {
    for (const tookMs of [1, 2, 5, 10, 20]) {
      const { ahead } = paceOf(100, tookMs);
      expect(ahead * tookMs).toBeLessThanOrEqual(100);
    }
  });

  test('stops beside slow work', () => {
    expect(paceOf(100, 60).ahead).toBe(0);
    const quick = paceOf(100, 0);
    expect(paceOf(1, 60_000, 1000, quick).ahead).toBe(0);
  });

  test('takes few large bodies', () => {
    expect(paceOf(100, 0, 256 * 1024).ahead).toBeLessThanOrEqual(4);
    expect(paceOf(100, 0, 2 * 1024 * 1024).ahead).toBe(0);
  });

  test('leaves the prefetch alone while the pace hardly changes', () => {
    const pace = paceOf(100, 4);
    expect(paceOf(1, 5, 1000, pace).ahead).toBe(pace.ahead);
  });
});
