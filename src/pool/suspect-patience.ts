// How long a suspect may hold up the others of its process, and for how long it waits in the broker where they take longer
// than that. Both double each time: where the process is never idle by itself, it would never get its turn, else. Pure.
import type { Counts } from '../retry/policy.ts';

/** How long a process takes nothing new for the sake of a suspect that comes for the first time. */
export const SUSPECT_WAITS_MS = 5_000;
const POSTPONED_MS = 10_000;
/** Then it is an hour and a half: work that is longer than that is left to end by itself. */
const MOST_DOUBLINGS = 10;

export function suspectWaitsMs(counts: Counts): number {
  return SUSPECT_WAITS_MS * 2 ** doublings(counts);
}

export function suspectPostponedMs(counts: Counts): number {
  return POSTPONED_MS * 2 ** doublings(counts);
}

function doublings({ postponements }: Counts): number {
  return Math.min(postponements, MOST_DOUBLINGS);
}
