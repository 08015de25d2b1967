// What the end of a worker process means for each workitem that it had. Pure.
import type { Cancellation } from '../control/standing.ts';
import type { Outcome } from './settlement.ts';

export interface ProcessEnd {
  /** We wanted it to end. */
  readonly isOurs: boolean;
  /** One of its workitems took too long, or was cancelled and went on, so that we had to end it. */
  readonly isCut: boolean;
  /** Completes the sentence "its worker process …". */
  readonly how: string;
  readonly lastLines: string;
  /** How many workitems it was working on. */
  readonly working: number;
}

interface Part {
  /** Somebody has cancelled this one. */
  readonly cancellation: Cancellation | undefined;
  /** The time that this one had, where it was the one that took too long. */
  readonly exceededMs: number | undefined;
  /** The process never got it. */
  readonly isUnstarted: boolean;
}

/** Where a process is ended because of one workitem, the others that it had are innocent: somebody else gets them. */
export function outcomeOfEnd({ cancellation, exceededMs, isUnstarted }: Part, end: ProcessEnd): Outcome {
  const { isOurs, isCut, how, lastLines, working } = end;
  if (cancellation) return { kind: 'cancelled', cancellation };
  if (exceededMs !== undefined) return { kind: 'overtime', limitMs: exceededMs, lastLines };
  if (isOurs || isUnstarted) return { kind: 'handedBack' };
  if (isCut) return { kind: 'interrupted' };
  return { kind: 'crashed', how, lastLines, wasAlone: working === 1 };
}
