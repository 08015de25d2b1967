import { beforeEach, describe, expect, it } from 'vitest';
import { Allowance } from '../../../src/pool/allowance.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const MIB = 1024 * 1024;
let clock: ManualClock;
let allowance: Allowance;

beforeEach(() => {
  clock = manualClock();
  allowance = new Allowance(clock, 12 * MIB);
});

/** How many of these it may send before it is too much; at most `most`. */
function accepted(kind: 'log' | 'progress' | 'publish' | 'outcome', bytes: number, most: number): number {
  for (let n = 0; n < most; n++) if (allowance.excessOf({ kind }, bytes) !== undefined) return n;
  return most;
}

describe('a worker process', () => {
  it('may send a burst of messages, and no endless flood', async () => {
    expect(accepted('log', 0, 100_000)).toBe(50_000);
    expect(allowance.excessOf({ kind: 'progress' }, 0)).toContain('flooded');
    await clock.advance(1_000);
    expect(accepted('progress', 0, 100_000)).toBeGreaterThan(4_000);
  });

  it('may send messages for as long as it likes at a rate that anybody could read', async () => {
    for (let second = 0; second < 60; second++) {
      expect(accepted('log', 0, 4_000)).toBe(4_000);
      await clock.advance(1_000);
    }
  });

  it('may answer as many workitems as it gets, however fast', () => {
    expect(accepted('outcome', MIB, 200_000)).toBe(200_000);
  });

  it('may have only so many calls open at once', () => {
    expect(accepted('publish', 0, 10_000)).toBe(5_000);
  });

  it('may have only so many bytes on their way at once', () => {
    expect(accepted('publish', 12 * MIB, 100)).toBe(6);
    expect(allowance.excessOf({ kind: 'publish' }, 12 * MIB)).toContain('bytes at once');
  });

  it('may publish without end where it waits for the answers', async () => {
    for (let n = 0; n < 1_000; n++) {
      expect(accepted('publish', 6 * MIB, 10)).toBe(10);
      for (let call = 0; call < 10; call++) allowance.answered(6 * MIB);
      await clock.advance(10);
    }
  });
});
