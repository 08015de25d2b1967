// Whether a workitem gets another attempt, and when: a pure decision over the outcome, the counts that it carries and
// the options of its group. Step 8 of the path asks here before it publishes anything.
import { backoffMs } from '../core/backoff.ts';

/** What the headers of a workitem say about its life so far. */
export interface Counts {
  /** 1 = this was the first. */
  readonly attempt: number;
  /** Worker processes that died at it before. */
  readonly crashes: number;
  readonly redeliveries: number;
}

export interface RetryOptions {
  /** From the configuration; `null` = not set there. */
  readonly maxAttempts: number | null;
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

/** Its worker process died. */
export function afterCrash(counts: Counts, options: RetryOptions, random?: () => number): RetryDecision {
  const crashes = counts.crashes + 1;
  if (crashes >= options.maxCrashes) return { kind: 'last' };
  return againLater(crashes, { ...counts, crashes }, options, random);
}

function againLater(repetition: number, counts: Counts, options: RetryOptions, random?: () => number): RetryDecision {
  return {
    kind: 'again',
    afterMs: backoffMs(repetition, options.retryDelayMs, options.retryMaxDelayMs, random),
    counts,
  };
}
