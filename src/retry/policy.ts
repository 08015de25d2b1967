// Whether a workitem gets another attempt, and when: a pure decision over the outcome, the counts that it carries and
// the options of its group. Step 8 of the path asks here before it publishes anything.
import { backoffMs } from '../core/backoff.ts';

/** What the headers of a workitem say about its life so far. */
export interface Counts {
  /** 1 = this was the first. */
  readonly attempt: number;
  /** Worker processes that died at it before, and at nothing else. */
  readonly crashes: number;
  /** Worker processes that died while they had it and others: nobody can tell whose fault that was. */
  readonly suspicions: number;
  /** How often it was to have a process to itself, and others were at work there: each time it may hold them up longer. */
  readonly postponements: number;
  readonly redeliveries: number;
}

export interface RetryOptions {
  readonly retryDelayMs: number;
  readonly retryMaxDelayMs: number;
  readonly maxCrashes: number;
}

/** `last`: no further attempt. */
export type RetryDecision =
  | { readonly kind: 'again'; readonly afterMs: number; readonly counts: Counts }
  | { readonly kind: 'last' };

/** How many attempts this workitem has: the lower one of what is configured and what its sender wishes. */
export function attemptsAllowed(configured: number | null, wished: number | undefined): number {
  return Math.max(1, Math.min(configured ?? wished ?? 1, wished ?? configured ?? 1));
}

/** The handler threw. */
export function afterThrow(
  counts: Counts,
  allowed: number,
  options: RetryOptions,
  random?: () => number,
): RetryDecision {
  if (counts.attempt >= allowed) return { kind: 'last' };
  return againLater(counts.attempt, { ...counts, attempt: counts.attempt + 1 }, options, random);
}

/** Whether it gets a worker process to itself: then nothing else can be guilty of what happens to that, or suffer from it. */
export function needsProcessAlone({ crashes, suspicions }: Counts): boolean {
  return crashes > 0 || suspicions > 0;
}

/**
 * Its worker process died. Where the process had others too, all of them are suspects, and none of them is charged: each
 * gets a process to itself from then on. So an innocent one is never charged, and a guilty one brings down one process more
 * than `maxCrashes` says.
 * @param wasAlone the process had nothing else
 */
export function afterCrash(
  counts: Counts,
  wasAlone: boolean,
  options: RetryOptions,
  random?: () => number,
): RetryDecision {
  if (!wasAlone) return againLater(1, { ...counts, suspicions: counts.suspicions + 1 }, options, random);
  const crashes = counts.crashes + 1;
  if (crashes >= options.maxCrashes) return { kind: 'last' };
  return againLater(crashes, { ...counts, crashes }, options, random);
}

function againLater(repetition: number, counts: Counts, options: RetryOptions, random?: () => number): RetryDecision {
  return {
    kind: 'again',
    afterMs: backoffMs(repetition, options.retryDelayMs, options.retryMaxDelayMs, random),
    counts: { ...counts, postponements: 0 }, // it has run
  };
}
