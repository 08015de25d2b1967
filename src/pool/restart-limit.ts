// When a worker process that died is started again: at once the first time, then with a growing delay. Pure.

/** Deaths that are older than this are forgotten. */
const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** From so many deaths within the window on, the instance counts as failing. */
const FAILING_FROM = 3;

/** When the recent deaths of one instance happened (ms since 1970), the oldest first. */
export type Deaths = readonly number[];

export function withDeath(deaths: Deaths, now: number): Deaths {
  return [...deaths.filter((at) => now - at < WINDOW_MS), now].slice(-20);
}

export function restartDelayMs(deaths: Deaths): number {
  if (deaths.length <= 1) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths.length - 2));
}

export function isFailing(deaths: Deaths): boolean {
  return deaths.length >= FAILING_FROM;
}
