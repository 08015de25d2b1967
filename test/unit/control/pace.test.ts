import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullPace, PER_SECOND, paced } from '../../../src/control/pace.ts';

it('lets as many pass at once as in a second, and then one after the other', () => {
  let pace = fullPace(0);
  for (let count = 0; count < PER_SECOND; count++) {
    const next = paced(pace, 0);
    expect(next.waitMs).toBe(0);
    pace = next.pace;
  }
  const late = paced(pace, 0);
  expect(late.waitMs).toBe(1000 / PER_SECOND);
  expect(paced(late.pace, late.waitMs - 1).waitMs).toBeGreaterThan(0);
  expect(paced(late.pace, late.waitMs).waitMs).toBe(0);
});

it('never lets more pass than twice as many in any second, whenever they come, and whoever sets the clock back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2_000, max: 50 }), { maxLength: 400 }), (steps) => {
      let [now, pace, passed, forward] = [10_000, fullPace(10_000), 0, 0];
      for (const step of steps) {
        now += step;
        forward += Math.max(0, step);
        const next = paced(pace, now);
        pace = next.pace;
        if (next.waitMs === 0) passed++;
        else expect(next.waitMs).toBeLessThanOrEqual(1000 / PER_SECOND);
      }
      expect(passed).toBeLessThanOrEqual(PER_SECOND + (forward * PER_SECOND) / 1000);
    }),
  );
});
