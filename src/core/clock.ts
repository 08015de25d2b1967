// Time is passed in, so that every rule about time can be tested without waiting for it.
import { underSignals } from './under-signals.ts';

export interface Clock {
  /** ms since 1970 */
  now(): number;
  /** Runs `task` once after `delayMs`; the function that it returns calls it off. */
  after(delayMs: number, task: () => void): () => void;
}

/** Above this, `setTimeout` fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : task()), stepMs);
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** True when `work` is done within so many ms; false where it is not, or where `signal` aborts first. */
export function within(clock: Clock, ms: number, work: Promise<unknown>, signal?: AbortSignal): Promise<boolean> {
  return underSignals(signal === undefined ? [] : [signal], (end) =>
    Promise.race([work.then(() => true), pause(clock, ms, end).then(() => false)]),
  );
}
