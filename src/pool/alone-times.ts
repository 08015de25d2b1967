// How long one that is to run alone may hold up the others – a suspect those of its process, one that may bring down the pool
// all that are in it –, and for how long it waits in the broker where they take longer than that. Both double a few times:
// where nobody is ever idle by himself, it would never get its turn, else. Pure.
import type { Counts } from '../retry/policy.ts';

/** How long nothing new begins for the sake of one that comes for the first time. */
export const ALONE_WITHIN_MS = 5_000;
/** Then it is 40 s: others are held up for no longer, and work that takes longer is left to end by itself. */
const MOST_DOUBLINGS = 3;

interface Times {
  readonly waitsMs: number;
  readonly postponedMs: number;
}

/** Of a process. */
export function suspectTimes(counts: Counts): Times {
  return doubled(10_000, counts);
}

/** Of the pool: it stands still for a small part of its time. */
export function aloneTimes(counts: Counts): Times {
  return doubled(60_000, counts);
}

function doubled(postponedMs: number, { postponements }: Counts): Times {
  const factor = 2 ** Math.min(postponements, MOST_DOUBLINGS);
  return { waitsMs: ALONE_WITHIN_MS * factor, postponedMs: postponedMs * factor };
}
