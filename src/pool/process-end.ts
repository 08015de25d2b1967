// What the end of a worker process means for each workitem that it had. Pure.
import type { Outcome } from './settlement.ts';

export interface ProcessEnd {
  /** We wanted it to end. */
  readonly isOurs: boolean;
  /** One of its workitems took too long, so that we had to end it. */
  readonly isCut: boolean;
  /** Completes the sentence "its worker process …". */
  readonly how: string;
  readonly lastLines: string;
  /** How many workitems it was working on. */
  readonly working: number;
}

export interface Part {
  /** The time that this one had, where it was the one that took too long. */
  readonly exceededMs: number | undefined;
  /** The process never got it. */
  readonly isUnstarted: boolean;
}

/** Where a process is ended because of one workitem, the others that it had are innocent: they go back. */
export function outcomeOfEnd({ exceededMs, isUnstarted }: Part, end: ProcessEnd): Outcome {
  const { isOurs, isCut, how, lastLines, working } = end;
  if (exceededMs !== undefined) return { kind: 'overtime', limitMs: exceededMs, lastLines };
  if (isOurs || isCut || isUnstarted) return { kind: 'handedBack' };
  return { kind: 'crashed', how, lastLines, wasAlone: working === 1 };
}
