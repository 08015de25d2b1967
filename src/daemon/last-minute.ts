// From a counter that only grows: by how much it has grown in the last minute.

const MINUTE_MS = 60_000;

interface LastMinute {
  /** @param now ms, of a clock that nobody sets @param count what the counter says now */
  at(now: number, count: number): number;
}

export function lastMinute(): LastMinute {
  /** The first is the newest that is a minute old, or the very first. */
  const seen: { readonly at: number; readonly count: number }[] = [{ at: Number.NEGATIVE_INFINITY, count: 0 }];
  return {
    at(now, count) {
      seen.push({ at: now, count });
      while (seen[1] !== undefined && seen[1].at <= now - MINUTE_MS) seen.shift();
      return count - (seen[0]?.count ?? 0);
    },
  };
}
