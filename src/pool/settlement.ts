// What follows from an outcome: one exhaustive switch, pure. `settle.ts` carries it out.
import { MAX_DELAY_SECONDS } from '../broker/topology.ts';
import { cancellationText } from '../control/cancellation.ts';
import type { Cancellation } from '../control/standing.ts';
import { formatDuration } from '../core/duration.ts';
import { mayTellSender, type Refusal } from '../handling/checks.ts';
import type { ResultStatus } from '../handling/result.ts';
import { afterCrash, afterThrow, type Counts, type RetryDecision } from '../retry/policy.ts';
import { type EncodedResult, tooLarge } from '../workitem/encoded-result.ts';
import type { Failure } from '../workitem/failure.ts';
import type { WorkitemError } from '../workitem/workitem.ts';
import { errorAlone, failedResult, fitting } from './failed-result.ts';
import type { Job } from './job.ts';

/** How a workitem ended, as the pool sees it. `result` is `null` where there is nothing to report, or the plugin did it. */
export type Outcome =
  | { readonly kind: 'finished'; readonly result: EncodedResult | null }
  | { readonly kind: 'threw'; readonly failure: WorkitemError; readonly result: EncodedResult | null }
  /** As `threw`, but no repetition could help. */
  | { readonly kind: 'unsupported'; readonly failure: WorkitemError; readonly result: EncodedResult | null }
  /** As `threw`, but part of it has been done: it must not run again. */
  | { readonly kind: 'partly'; readonly failure: WorkitemError; readonly result: EncodedResult | null }
  | { readonly kind: 'unreadable'; readonly error: string }
  | { readonly kind: 'retryLater'; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'rejected'; readonly error: string }
  /** Its process died: `how` names signal or exit code, `lastLines` is what it wrote last; `wasAlone`: it had no other. */
  | { readonly kind: 'crashed'; readonly how: string; readonly lastLines: string; readonly wasAlone: boolean }
  /** It ran longer than it may, and had to be ended. */
  | { readonly kind: 'overtime'; readonly limitMs: number; readonly lastLines: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'cancelled'; readonly cancellation: Cancellation }
  /** Refused before any worker got it. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The pool gives it back unfinished. */
  | { readonly kind: 'handedBack' }
  /** Its process was ended for the sake of another workitem: it runs again, and none of its counts changes. */
  | { readonly kind: 'interrupted' }
  /** No worker process ever got it: somebody else shall have it, and none of its counts changes. */
  | { readonly kind: 'notStarted' }
  /** As `notStarted`, but not before this time has passed. */
  | { readonly kind: 'postponed'; readonly afterMs: number };

export type Settlement =
  | {
      readonly kind: 'report';
      readonly status: ResultStatus;
      readonly result: EncodedResult | null;
      /** Why it failed; '' where it did not. */
      readonly error: string;
      /** Kept in `taskqueue.dead` as well. */
      readonly park: (Refusal & { readonly trace: string }) | null;
    }
  | { readonly kind: 'again'; readonly afterMs: number; readonly counts: Counts; readonly why: string }
  /** Not worked on, or given up by the plugin: parked; its sender is told where it waits for an answer. */
  | { readonly kind: 'park'; readonly refusal: Refusal; readonly mayTellSender: boolean }
  | { readonly kind: 'handBack' };

export function settlementOf(job: Job, outcome: Outcome): Settlement {
  const { counts, attemptsAllowed, plan } = job;
  const { options } = plan.group;
  switch (outcome.kind) {
    case 'finished':
      return finished(job, outcome.result);
    case 'threw':
      return afterThrown(job, outcome, afterThrow(counts, attemptsAllowed, options));
    case 'partly':
      return afterThrown(job, outcome, { kind: 'last' });
    case 'overtime':
      return overtime(job, outcome, afterThrow(counts, attemptsAllowed, options));
    case 'unsupported':
      return { kind: 'report', status: 'failed', result: outcome.result, error: outcome.failure.error, park: null };
    case 'crashed':
      return crashed(job, outcome, afterCrash(counts, outcome.wasAlone, options));
    case 'retryLater':
      return again(delayWithin(outcome.delayMs), nextAttempt(counts), outcome.error);
    case 'rejected':
    case 'unreadable':
      return { kind: 'park', refusal: { reason: outcome.kind, error: outcome.error }, mayTellSender: true };
    case 'refused':
      return { kind: 'park', refusal: outcome.refusal, mayTellSender: mayTellSender(outcome.refusal) };
    case 'expired':
      return unworked(job, 'expired', EXPIRED);
    case 'cancelled':
      return unworked(job, 'cancelled', cancellationText(outcome.cancellation));
    case 'handedBack':
      return { kind: 'handBack' };
    case 'interrupted':
      return again(0, counts, 'its process was ended for the sake of another workitem');
    case 'notStarted':
      return again(0, counts, 'it only waited here');
    case 'postponed':
      return again(outcome.afterMs, { ...counts, postponements: counts.postponements + 1 }, TO_RUN_ALONE);
    default:
      return outcome satisfies never;
  }
}

const TO_RUN_ALONE = 'it is to run alone, and others are still at work';

function nextAttempt(counts: Counts): Counts {
  return { ...counts, attempt: counts.attempt + 1, postponements: 0 };
}

function again(afterMs: number, counts: Counts, why: string): Settlement {
  return { kind: 'again', afterMs, counts, why };
}

/** What a plugin asks for may be anything: at once would be again and again, and headers hold whole numbers only. */
function delayWithin(wishedMs: number): number {
  return Math.min(MAX_DELAY_SECONDS * 1000, Math.max(1000, Math.ceil(wishedMs)));
}

const EXPIRED = 'expired before it was worked on';

function unworked(job: Job, status: 'expired' | 'cancelled', error: string): Settlement {
  return { kind: 'report', status, result: errorAlone(job, { mishap: status, error, trace: '' }), error, park: null };
}

function finished(job: Job, result: EncodedResult | null): Settlement {
  const limit = job.plan.maxMessageSize;
  if (result === null || result.body.length <= limit) {
    return { kind: 'report', status: 'finished', result, error: '', park: null };
  }
  const error = tooLarge(result.body.length, limit);
  const instead = errorAlone(job, { mishap: 'result-too-large', error, trace: '' });
  return { kind: 'report', status: 'failed', result: instead, error, park: null };
}

function overtime(
  job: Job,
  { limitMs, lastLines }: Extract<Outcome, { kind: 'overtime' }>,
  next: RetryDecision,
): Settlement {
  const failure = {
    mishap: 'overtime',
    error: `took longer than ${formatDuration(limitMs)}`,
    trace: lastLines,
  } as const;
  return afterFailure(job, failure, failedResult(job, failure), next);
}

/** The worker has written the failed result. */
function afterThrown(
  job: Job,
  { failure, result }: Extract<Outcome, { kind: 'threw' | 'partly' }>,
  next: RetryDecision,
): Settlement {
  const thrown = { mishap: 'threw', ...failure } as const;
  return afterFailure(job, thrown, fitting(job, result, thrown), next);
}

function afterFailure(job: Job, failure: Failure, result: EncodedResult | null, next: RetryDecision): Settlement {
  const { error, trace } = failure;
  if (next.kind === 'again') return { ...next, why: error };
  const park = job.attemptsAllowed > 1 ? ({ reason: 'failed', error, trace } as const) : null;
  return { kind: 'report', status: 'failed', result, error, park };
}

function crashed(
  job: Job,
  { how, lastLines, wasAlone }: Extract<Outcome, { kind: 'crashed' }>,
  next: RetryDecision,
): Settlement {
  const error = `its worker process ${how}`;
  if (next.kind === 'again') return { ...next, why: wasAlone ? error : `${error}, which had other workitems as well` };
  const failure = { error: `${error}; it brought down ${job.counts.crashes + 1} of them`, trace: lastLines };
  const result = failedResult(job, { mishap: 'crashed', ...failure });
  return { kind: 'report', status: 'failed', result, error: failure.error, park: { reason: 'crashed', ...failure } };
}
