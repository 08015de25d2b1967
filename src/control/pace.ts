// How many questions a second a daemon answers: so many, and a burst of as many at once. The others wait in the broker, so
// that no flood of them takes the daemon's time from the work. As many orders are looked into for whoever gave them. Pure.

export interface Pace {
  readonly allowed: number;
  /** ms since 1970 */
  readonly countedAt: number;
}

export const PER_SECOND = 50;

export function fullPace(now: number): Pace {
  return { allowed: PER_SECOND, countedAt: now };
}

/** One more, now: `waitMs` is 0 where it may be, else how long it has to wait before it is asked for again. */
export function paced({ allowed, countedAt }: Pace, now: number): { readonly pace: Pace; readonly waitMs: number } {
  const passedMs = Math.max(0, now - countedAt); // somebody may set the clock back
  const available = Math.min(PER_SECOND, allowed + (passedMs * PER_SECOND) / 1000);
  if (available < 1) {
    const waitMs = Math.ceil(((1 - available) * 1000) / PER_SECOND);
    return { pace: { allowed: available, countedAt: now }, waitMs };
  }
  return { pace: { allowed: available - 1, countedAt: now }, waitMs: 0 };
}
