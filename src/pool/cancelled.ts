// What a workitem that was cancelled while it ran has come to, however its handler ended. Pure.
import type { Cancellation } from '../control/standing.ts';
import type { Outcome } from './settlement.ts';

export interface Cancelled {
  readonly cancellation: Cancellation;
  /** What its plugin has reported of it by itself, where the broker has confirmed that. */
  readonly reported: 'finished' | 'failed' | undefined;
}

/** What was said of it first holds: nobody gets two results, and it is not tried again. */
export function outcomeOfCancelled({ cancellation, reported }: Cancelled): Outcome {
  switch (reported) {
    case 'finished':
      return { kind: 'finished', result: null };
    case 'failed':
      return {
        kind: 'unsupported',
        failure: { error: 'its plugin has reported that it failed', trace: '' },
        result: null,
      };
    case undefined:
      return { kind: 'cancelled', cancellation };
    default:
      return reported satisfies never;
  }
}
