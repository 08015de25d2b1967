// Cancelling: an order to all daemons, those that start later included.
import type { Correspondent } from '../control/correspondent.ts';
import { TaskqueueError } from '../core/errors.ts';
import { type Period, periodMs } from './period.ts';

export interface CancelOptions {
  /** For people: stands in logs, and in the error of the task. */
  readonly reason?: string;
  /** How long daemons have to answer; 500 ms if left out. */
  readonly answersWithin?: Period;
}

/** What a daemon did about it. */
export interface CancelAnswer {
  readonly host: string;
  readonly daemon: 'dispatcher' | 'workerpool';
  /** Names the process. */
  readonly name: string;
  /** For people. */
  readonly done: string;
}

const ANSWERS_WITHIN_MS = 500;

/** Resolves once the order is kept; with what those daemons say that answer in time. */
export async function cancelTask(
  correspondent: Correspondent,
  id: string,
  { reason = '', answersWithin = ANSWERS_WITHIN_MS }: CancelOptions = {},
): Promise<readonly CancelAnswer[]> {
  if (typeof id !== 'string' || id === '')
    throw new TaskqueueError('USAGE', 'what shall be cancelled? An id is wanted');
  const forMs = periodMs('answersWithin', answersWithin);
  const answers = await correspondent.order({ kind: 'cancel', id, reason }, { forMs });
  return answers.map(({ host, daemon, name, done }) => ({ host, daemon, name, done }));
}
