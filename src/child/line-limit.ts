// How many lines an instance may log: so many each second, and a burst of them at once. What is over is counted, and the
// count is told in a line of its own, by the next line that passes or after a second without one.
import type { Clock } from '../core/clock.ts';

export interface LineLimit {
  /** Calls `log` unless the limit is reached; `tell` gets the line about those that were dropped before. */
  pass(log: () => void, tell: (line: string) => void): void;
}

const PER_SECOND = 200;
const BURST = 1000;

export function lineLimit(clock: Clock, perSecond = PER_SECOND, burst = BURST): LineLimit {
  let allowed = burst;
  let countedAt = clock.now();
  let dropped = 0;

  const refill = (): void => {
    const now = clock.now();
    allowed = Math.min(burst, allowed + (Math.max(0, now - countedAt) * perSecond) / 1000);
    countedAt = now;
  };
  const report = (tell: (line: string) => void): void => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    allowed -= 1;
    tell(`… ${count} ${count === 1 ? 'line' : 'lines'} dropped: more than ${perSecond} a second`);
  };

  return {
    pass(log, tell) {
      refill();
      if (allowed >= (dropped > 0 ? 2 : 1)) {
        report(tell);
        allowed -= 1;
        log();
        return;
      }
      if (dropped === 0) clock.after(1000, () => report(tell));
      dropped += 1;
    },
  };
}
