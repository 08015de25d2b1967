// A clock that stands still until it is told how far to go. What is due on the way happens at its time, in order.
import type { Clock } from '../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** Runs all that becomes due within `ms`, one by one; what that sets off in other turns of the event loop as well. */
  advance(ms: number): Promise<void>;
  /** As slowly as everybody needs to get their turn. */
  crawl(ms: number): Promise<void>;
  /** Lets time pass until that is over. */
  until<T>(over: Promise<T>): Promise<T>;
  /** How many timers are set. */
  readonly pending: number;
}

export function manualClock(startAt = 1_000_000): ManualClock {
  let now = startAt;
  const timers = new Set<{ readonly at: number; readonly task: () => void }>();
  const next = (until: number): { readonly at: number; readonly task: () => void } | undefined =>
    [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  const advance = async (ms: number): Promise<void> => {
    const until = now + ms;
    await settled();
    for (let due = next(until); due; due = next(until)) {
      timers.delete(due);
      now = Math.max(now, due.at);
      due.task();
      await settled();
    }
    now = until;
  };

  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + Math.max(0, delayMs), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance,
    async crawl(ms) {
      for (let left = ms; left > 0; left -= 500) {
        await advance(Math.min(left, 500));
        for (let turn = 0; turn < 10; turn++) await advance(0);
      }
    },
    async until(over) {
      let isOver = false;
      const settle = (): void => {
        isOver = true;
      };
      over.then(settle, settle);
      await advance(0);
      while (!isOver) await advance(100);
      return over;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Everything that was to happen without time passing has happened: two turns, for what a first one sets off. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
