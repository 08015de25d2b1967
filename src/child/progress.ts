// How far the work is, told to the pool at most ten times a second: the first word at once, and the last one always.
import type { Clock } from '../core/clock.ts';
import { cutToBytes } from '../core/text.ts';

export interface Progress {
  /** What is no number is ignored: a division by zero in a progress bar is no reason to fail. */
  report(fraction: number, note?: string): void;
  /** Sends what is held back, and nothing from then on. */
  end(): void;
}

const INTERVAL_MS = 100;
const MAX_NOTE_BYTES = 1024;

export function createProgress(clock: Clock, send: (fraction: number, note: string) => void): Progress {
  let latest: readonly [number, string] | undefined;
  let cancelTimer: (() => void) | undefined;
  let hasEnded = false;
  let nextAt = 0;

  const sendLatest = (): void => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (!latest) return;
    const [fraction, note] = latest;
    latest = undefined;
    nextAt = clock.now() + INTERVAL_MS;
    send(fraction, note);
  };

  return {
    report(fraction, note) {
      if (hasEnded || !Number.isFinite(fraction)) return;
      latest = [Math.min(1, Math.max(0, fraction)), typeof note === 'string' ? cutToBytes(note, MAX_NOTE_BYTES) : ''];
      const waitMs = nextAt - clock.now();
      if (waitMs <= 0) sendLatest();
      else cancelTimer ??= clock.after(Math.min(waitMs, INTERVAL_MS), sendLatest); // a clock may be set back
    },
    end() {
      hasEnded = true;
      sendLatest();
    },
  };
}
