import { describe, expect, it } from 'vitest';
import { Rest } from '../../../src/pool/rest.ts';

describe('a rest', () => {
  it('is over until one begins, and when its time has passed', () => {
    const rest = new Rest();
    expect(rest.isOver(0)).toBe(true);
    rest.begin(1_000, 500);
    expect([1_000, 1_499, 1_500].map((now) => rest.isOver(now))).toEqual([false, false, true]);
  });

  it('is over where the clock has been set back: nobody would know for how long it lasts', () => {
    const rest = new Rest();
    rest.begin(1_000, 500);
    expect(rest.isOver(999)).toBe(true);
  });
});
