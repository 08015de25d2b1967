// How long one that is to run alone may hold up the others – a suspect those of its process, one that may bring down the pool
// all that are in it –, for how long it waits in the broker where they take longer than that, and for how long nobody then
// holds them up again. The first two double a few times: where nobody is ever idle by himself, it would never get its turn,
// else. Pure.
import type { Counts } from '../retry/policy.ts';

/** How long nothing new begins for the sake of one that comes for the first time. */
export const ALONE_WITHIN_MS = 5_000;
/** Then it is 40 s: nobody holds up others for longer at a time, and work that takes longer is left to end by itself. */
const MOST_DOUBLINGS = 3;
/** However many are to run alone: in vain, they hold up the others beyond that first time for less than a tenth of the time. */
const RESTS = 10;

interface Times {
  readonly waitsMs: number;
  readonly postponedMs: number;
  /** After it has held up the others in vain. */
  readonly restMs: number;
}

/** Of a process. */
export function suspectTimes(counts: Counts): Times {
  return doubled(10_000, counts);
}

/** Of the pool. */
export function aloneTimes(counts: Counts): Times {
  return doubled(60_000, counts);
}

function doubled(postponedMs: number, { postponements }: Counts): Times {
  const factor = 2 ** Math.min(postponements, MOST_DOUBLINGS);
  const waitsMs = ALONE_WITHIN_MS * factor;
  return { waitsMs, postponedMs: postponedMs * factor, restMs: RESTS * (waitsMs - ALONE_WITHIN_MS) };
}
