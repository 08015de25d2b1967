import { expect, it } from 'vitest';
import { SkippingClock } from '../../../src/testing/skipping-clock.ts';
import { manualClock } from '../../support/manual-clock.ts';

const HOUR = 3_600_000;

function clocks() {
  const real = manualClock(0);
  return { real, clock: new SkippingClock(real) };
}

it('goes with the real time as long as nothing is skipped', async () => {
  const { real, clock } = clocks();
  const went: number[] = [];
  clock.after(100, () => went.push(clock.now()));
  await real.advance(99);
  expect([clock.now(), went]).toEqual([99, []]);
  await real.advance(1);
  expect(went).toEqual([100]);
});

it('skips: what falls into that time goes off in its order, each at its own time', async () => {
  const { clock } = clocks();
  const went: string[] = [];
  clock.after(2 * HOUR, () => went.push(`late ${clock.now() / HOUR}`));
  clock.after(HOUR, () => {
    went.push(`soon ${clock.now() / HOUR}`);
    clock.after(HOUR / 2, () => went.push(`set off ${clock.now() / HOUR}`));
  });
  clock.after(HOUR, () => went.push('soon, too'));
  await clock.skip(1.75 * HOUR);
  expect(went).toEqual(['soon 1', 'soon, too', 'set off 1.5']);
  expect(clock.now()).toBe(1.75 * HOUR);
});

it('what is left after a skip comes so much sooner', async () => {
  const { real, clock } = clocks();
  const went: number[] = [];
  clock.after(2 * HOUR, () => went.push(clock.now()));
  await clock.skip(2 * HOUR - 5);
  await real.advance(4);
  expect(went).toEqual([]);
  await real.advance(1);
  expect(went).toEqual([2 * HOUR]);
});

it('a timer that is called off does not go off, and one that went off does not go off again', async () => {
  const { real, clock } = clocks();
  const went: string[] = [];
  const cancel = clock.after(10, () => went.push('cancelled'));
  clock.after(10, () => went.push('once'));
  cancel();
  await clock.skip(20);
  await real.advance(50);
  expect(went).toEqual(['once']);
});
