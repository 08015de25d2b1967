// How many workitems an instance takes beyond those that its process works on, so that it need not wait for the broker's
// confirm of the last before it gets the next. Only where handling is quick: beside slow work, a workitem that waits here
// would keep an idle process elsewhere from it. Pure.

/** Moving averages over the last workitems of one process. */
export interface Pace {
  readonly tookMs: number;
  readonly bodyBytes: number;
  /** How many are read ahead at this pace. */
  readonly ahead: number;
}

/** Nothing is known yet, or something took long just now. */
export const SLOW: Pace = { tookMs: 50, bodyBytes: 0, ahead: 0 };

/** What has waited here for so long is handed back, for others to take. */
export const WAITS_AT_MOST_MS = 100;

/** The weight of the last one in the averages. */
const WEIGHT = 0.2;
/** What is read ahead may take about half of the time that it may wait. */
const WITHIN_MS = WAITS_AT_MOST_MS / 2;
const MOST_AHEAD = 64;
const MOST_BYTES_AHEAD = 1024 * 1024;

export function paceAfter(pace: Pace, tookMs: number, bodyBytes: number): Pace {
  const averageMs = pace.tookMs + WEIGHT * (tookMs - pace.tookMs);
  const averageBytes = pace.bodyBytes + WEIGHT * (bodyBytes - pace.bodyBytes);
  const fitting = Math.min(
    MOST_AHEAD,
    WITHIN_MS / Math.max(averageMs, 0.1),
    MOST_BYTES_AHEAD / Math.max(averageBytes, 1),
  );
  return { tookMs: averageMs, bodyBytes: averageBytes, ahead: steady(pace.ahead, Math.floor(fitting)) };
}

/** Small changes are not worth a change of the prefetch, which takes the broker two more questions. */
function steady(before: number, now: number): number {
  if (now === MOST_AHEAD || now < before / 2 || now > before * 2) return now < 2 ? 0 : now;
  return before;
}
