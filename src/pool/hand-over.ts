// How a workitem gets to a process (step 4 of the path): to begin at once, or to be begun by itself when there is a place.
import type { Work } from '../child/protocol.ts';
import type { Job } from './job.ts';
import type { RunningProcess } from './process-life.ts';

/** False where the process is dead, or dying. */
export function giveTo(process: RunningProcess | undefined, job: Job): boolean {
  return process?.send({ kind: 'work', ...workOf(job) }, job.message.body) ?? false;
}

/** False where it does not take anything in advance, or not now. */
export function lineUpAt(process: RunningProcess | undefined, job: Job): boolean {
  return process?.lineUp(workOf(job), job.message.body) ?? false;
}

function workOf({ number, envelope, counts, attemptsAllowed }: Job): Work {
  const { attempt } = counts;
  return { job: number, envelope, attempt, isLastAttempt: attempt >= attemptsAllowed };
}
