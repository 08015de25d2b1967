// When a worker process that died is started again: at once the first time, then with a growing delay. Pure.

/** Long enough for the longest delay to come up again and again. */
const WINDOW_MS = 5 * 60_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const MOST_REMEMBERED = 20;
/** From so many deaths within the window on, the instance counts as failing. */
const FAILING_FROM = 3;

/** When the recent deaths of one instance happened (ms since 1970), the oldest first. */
export type Deaths = readonly number[];

/**
 * One more. Older deaths are forgotten after a while, but only where the process had been ready: one that never gets so far
 * may take its time to fail.
 */
export function withDeath(deaths: Deaths, now: number, wasReady: boolean): Deaths {
  const remembered = wasReady ? deaths.filter((at) => now - at < WINDOW_MS) : deaths;
  return [...remembered, now].slice(-MOST_REMEMBERED);
}

export function restartDelayMs(deaths: Deaths): number {
  if (deaths.length <= 1) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths.length - 2));
}

export function isFailing(deaths: Deaths): boolean {
  return deaths.length >= FAILING_FROM;
}
