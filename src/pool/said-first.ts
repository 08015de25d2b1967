// What was said first of a workitem holds: nobody gets two results, and what is over does not run again. Pure.
import type { Job } from './job.ts';
import type { Outcome } from './settlement.ts';

const CUT_OFF: readonly Outcome['kind'][] = ['crashed', 'overtime', 'cancelled', 'handedBack', 'interrupted'];

/** It may have been in the middle of a report, or have made one already. */
export function isCutOff({ kind }: Outcome): boolean {
  return CUT_OFF.includes(kind);
}

/** As what its plugin has reported it, where it has; what came in between then is not its outcome. */
export function whatHolds(out: Job['out'], outcome: Outcome): Outcome {
  if (!isCutOff(outcome)) return outcome;
  switch (out) {
    case 'finished':
      return { kind: 'finished', result: null };
    case 'failed':
      return { kind: 'partly', failure: { error: 'its plugin has reported that it failed', trace: '' }, result: null };
    case undefined:
      return outcome;
    default:
      return out satisfies never;
  }
}
