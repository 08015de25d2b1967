// Time as a test wants it: it passes as everywhere, so that processes start and limits hold, and it can be told to skip what
// would only be waiting. Timers go off in their order, each at its own time.
import { type Clock, systemClock } from '../core/clock.ts';

export interface SkippingClock extends Clock {
  /** It is `ms` later. Resolves when all that became due has gone off, and what that set off at once. */
  skip(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly task: () => void;
  cancelReal(): void;
}

/** Goes on from the present time. */
export function createSkippingClock(real: Clock = systemClock): SkippingClock {
  const timers = new Set<Timer>();
  let skippedMs = 0;
  const now = (): number => real.now() + skippedMs;

  function arm(timer: Timer): void {
    timer.cancelReal = real.after(Math.max(0, timer.at - now()), () => goOff(timer));
  }

  function cancel(timer: Timer): void {
    timer.cancelReal();
    timers.delete(timer);
  }

  function goOff(timer: Timer): void {
    cancel(timer);
    timer.task();
  }

  function jumpTo(time: number): void {
    skippedMs += Math.max(0, time - now());
  }

  return {
    now,
    after(delayMs, task) {
      const timer: Timer = { at: now() + Math.max(0, delayMs), task, cancelReal: () => undefined };
      timers.add(timer);
      arm(timer);
      return () => cancel(timer);
    },
    async skip(ms) {
      const until = now() + ms;
      await turns();
      for (let due = first(timers, until); due; due = first(timers, until)) {
        jumpTo(due.at);
        goOff(due);
        await turns();
      }
      jumpTo(until);
      for (const timer of timers) {
        timer.cancelReal();
        arm(timer);
      }
    },
  };
}

/** Of two at the same time, the one that was set first. */
function first(timers: ReadonlySet<Timer>, until: number): Timer | undefined {
  let earliest: Timer | undefined;
  for (const timer of timers) {
    if (timer.at <= until && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
  }
  return earliest;
}

/** Everything that was to happen without time passing has happened: two turns, for what a first one sets off. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
