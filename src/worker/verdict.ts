// How a handler ended, as a value. Pure.
import { propertyOf } from '../core/thrown.ts';
import { NOT_ACCEPTED } from '../workitem/accept.ts';
import type { Failure } from '../workitem/failure.ts';
import { Reject, RetryLater } from './base-worker.ts';
import { failureOf } from './failure.ts';

export type Verdict =
  /** `result`: what the handler returned. */
  | { readonly kind: 'finished'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly failure: Failure }
  /** As `threw`, but no repetition could help. */
  | { readonly kind: 'unsupported'; readonly failure: Failure }
  | { readonly kind: 'retryLater'; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'rejected'; readonly error: string };

export type FailedVerdict = Extract<Verdict, { failure: Failure }>;

export const NOT_SUPPORTED: FailedVerdict = {
  kind: 'unsupported',
  failure: { mishap: 'not-accepted', error: NOT_ACCEPTED, trace: '' },
};

/** What a handler has thrown: a failure, or one of the two errors by which it says what shall follow. */
export function verdictOfThrown(thrown: unknown): Exclude<Verdict, { kind: 'finished' | 'unsupported' }> {
  const failure = failureOf(thrown);
  const delayMs = retryDelay(thrown);
  if (delayMs !== undefined) return { kind: 'retryLater', delayMs, error: failure.error };
  if (isNamed(thrown, Reject, 'Reject')) return { kind: 'rejected', error: failure.error };
  return { kind: 'threw', failure: { mishap: 'threw', ...failure } };
}

function retryDelay(thrown: unknown): number | undefined {
  if (!isNamed(thrown, RetryLater, 'RetryLater')) return undefined;
  const delayMs = propertyOf(thrown, 'delayMs');
  if (typeof delayMs !== 'number' || !(delayMs >= 0)) return undefined;
  return Math.min(Math.round(delayMs), Number.MAX_SAFE_INTEGER);
}

/** By name too: a plugin may bring a copy of the SDK of its own. */
export function isNamed(thrown: unknown, ours: new (...args: never[]) => Error, name: string): boolean {
  try {
    return thrown instanceof ours || (thrown instanceof Error && thrown.name === name);
  } catch {
    return false; // a proxy or a getter that throws: nothing of ours
  }
}
