// How far a system in this process is with its work. Only looks.
import { isDelayQueue, TASKQUEUE, typeOfQueue } from '../broker/topology.ts';
import type { Instance } from '../pool/instance.ts';
import type { System } from './system.ts';

export interface Progress {
  /** Every worker process is ready. */
  readonly isUp: boolean;
  /** Why a worker process is not, or is not any more; `null` where all are. */
  readonly problem: string | null;
  /** Nothing happens before `nextAt`. */
  readonly isQuiet: boolean;
  /** When something will, by itself (ms since 1970); `null`: never. */
  readonly nextAt: number | null;
  /** What is still being worked on, for people. */
  readonly story: string;
}

/** @param collected queues that somebody empties */
export function progressOf({ server, pool }: System, collected: ReadonlySet<string>): Progress {
  const { instances } = pool;
  const open = [...server.census()].filter(([queue, messages]) => messages > 0 && isOnTheWay(queue, collected));
  const goesOnAt = Math.min(Infinity, ...open.map(([queue]) => takenAt(queue, instances)));
  const nextAt = Math.min(goesOnAt, server.nextExpiry(isDelayQueue));
  const isUp = instances.every(({ state }) => state.phase.name === 'running');
  return {
    isUp,
    problem: isUp ? null : (instances.map(problemOf).find((problem) => problem !== null) ?? null),
    isQuiet: goesOnAt > 0,
    nextAt: nextAt === Infinity ? null : nextAt,
    story: open.map(([queue, messages]) => `${queue}: ${messages}`).join(', ') || 'no workitem is on its way',
  };
}

function isOnTheWay(queue: string, collected: ReadonlySet<string>): boolean {
  return queue === TASKQUEUE || typeOfQueue(queue) !== undefined || collected.has(queue);
}

/** 0: somebody is at it. Where all processes of its type have died, it waits until the next one is started. */
function takenAt(queue: string, instances: readonly Instance[]): number {
  const ofType = instances.filter(({ plan }) => plan.group.type === typeOfQueue(queue));
  const phases = ofType.map(({ state }) => state.phase);
  return Math.min(
    ...phases.map((phase) => (phase.name === 'waiting' ? phase.until : 0)),
    ofType.length === 0 ? 0 : Infinity,
  );
}

function problemOf({ name, state }: Instance): string | null {
  return state.problem === null ? null : `the worker process ${name} ${state.problem}`;
}
