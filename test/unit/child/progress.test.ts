import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../src/child/progress.ts';
import type { Clock } from '../../../src/core/clock.ts';

describe('progress', () => {
  it('tells the first at once, then at most one in 100 ms, and the last always', () => {
    const { clock, pass, progress, sent } = setUp();
    for (let step = 1; step <= 50; step++) progress.report(step / 100, `step ${step}`);
    expect(sent).toEqual([[0.01, 'step 1']]);
    pass(100);
    expect(sent.at(-1)).toEqual([0.5, 'step 50']);
    progress.report(0.9);
    progress.report(1, 'done');
    progress.end();
    expect(sent).toEqual([
      [0.01, 'step 1'],
      [0.5, 'step 50'],
      [1, 'done'],
    ]);
    expect(clock.timers).toBe(0);
  });

  it('says nothing after the end', () => {
    const { progress, sent } = setUp();
    progress.end();
    progress.report(0.5);
    expect(sent).toEqual([]);
  });

  it('keeps fractions between 0 and 1, cuts notes, and ignores what is no number', () => {
    const { pass, progress, sent } = setUp();
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, '0.5', undefined]) progress.report(odd as number);
    expect(sent).toEqual([]);
    progress.report(-3, 'n'.repeat(10_000));
    pass(100);
    progress.report(17, 5 as unknown as string);
    expect(sent.map(([fraction]) => fraction)).toEqual([0, 1]);
    expect(sent[0]?.[1].length).toBeLessThanOrEqual(1024);
    expect(sent[1]?.[1]).toBe('');
  });
});

function setUp() {
  const sent: [number, string][] = [];
  const clock = manualClock();
  const progress = createProgress(clock, (fraction, note) => sent.push([fraction, note]));
  return { clock, pass: clock.pass, progress, sent };
}

function manualClock(): Clock & { pass(ms: number): void; readonly timers: number } {
  let now = 1000;
  const timers = new Set<{ at: number; task: () => void }>();
  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + delayMs, task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass(ms) {
      now += ms;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.task();
      }
    },
    get timers() {
      return timers.size;
    },
  };
}
