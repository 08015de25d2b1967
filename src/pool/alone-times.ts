// How long one that is to run alone may hold up the others – a suspect those of its process, one that may bring down the pool
// all that are in it –, and for how long it waits in the broker where they take longer than that. Both double each time: where
// nobody is ever idle by himself, it would never get its turn, else. Pure.
import type { Counts } from '../retry/policy.ts';

/** How long nothing new begins for the sake of one that comes for the first time. */
export const ALONE_WITHIN_MS = 5_000;

/** Of a process; the longest time is an hour and a half: work that is longer than that is left to end by itself. */
export function suspectTimes(counts: Counts): Times {
  return doubled({ waitsMs: ALONE_WITHIN_MS, postponedMs: 10_000 }, counts, 10);
}

/** Of the pool, which stands still for a part of its time that stays the same, and never for more than five minutes or so. */
export function aloneTimes(counts: Counts): Times {
  return doubled({ waitsMs: ALONE_WITHIN_MS, postponedMs: 60_000 }, counts, 6);
}

interface Times {
  readonly waitsMs: number;
  readonly postponedMs: number;
}

function doubled({ waitsMs, postponedMs }: Times, { postponements }: Counts, most: number): Times {
  const factor = 2 ** Math.min(postponements, most);
  return { waitsMs: waitsMs * factor, postponedMs: postponedMs * factor };
}
