// How fast it goes: the difference between two looks. Pure.
import { TASKQUEUE, workerQueue } from '../../broker/topology.ts';
import type { GroupStatus } from '../../control/answer.ts';
import { type Fleet, groupsOf } from './fleet.ts';

/** Per second; `null` where it is not known, because there was only one look, or the daemon is new. */
export type Rate = number | null;

export interface Rates {
  /** What this dispatcher forwarded. */
  forwarded(dispatcher: string): Rate;
  /** What ended in this group of this pool, however it ended. */
  ended(pool: string, group: GroupStatus): Rate;
  /** What came into this queue, and what left it; of queues that no daemon of ours empties, only the difference is known. */
  through(queue: string): Flow;
}

export interface Flow {
  readonly in: Rate;
  readonly out: Rate;
}

const NO_FLOW: Flow = { in: null, out: null };

export const NO_RATES: Rates = { forwarded: () => null, ended: () => null, through: () => NO_FLOW };

export function ratesBetween(before: Fleet, after: Fleet): Rates {
  const seconds = (after.at - before.at) / 1000;
  const counts = countsOf(after);
  const countsBefore = countsOf(before);
  const rateOf = (key: string): Rate => {
    const [now, then] = [counts.get(key), countsBefore.get(key)];
    return now === undefined || then === undefined || now < then || seconds <= 0 ? null : (now - then) / seconds;
  };
  const forwarded = (dispatcher: string): Rate => rateOf(keyOf(dispatcher));
  const ended = (pool: string, group: GroupStatus): Rate => rateOf(keyOf(pool, group));
  const takers = takersOf(after, forwarded, ended);
  return {
    forwarded,
    ended,
    through(queue) {
      const [now = null, then = null] = [after, before].map(({ queues }) => messagesIn(queues, queue));
      if (now === null || then === null || seconds <= 0) return NO_FLOW;
      return flowOf((now - then) / seconds, takers.get(queue));
    },
  };
}

/** `null` where nobody knows, or there is no such queue. */
function messagesIn(queues: Fleet['queues'], queue: string): number | null {
  return queues.find((one) => one.queue === queue)?.messages ?? null;
}

/** @param growth messages per second @param out what the daemons took out; `undefined`: they take nothing out of it */
function flowOf(growth: number, out: number | undefined): Flow {
  if (out === undefined) return { in: Math.max(0, growth), out: Math.max(0, -growth) };
  return { in: Math.max(0, growth + out), out };
}

/** By the queue: how much leaves it for a daemon that is known by now. */
function takersOf(fleet: Fleet, forwarded: Rates['forwarded'], ended: Rates['ended']): ReadonlyMap<string, number> {
  const takers = new Map<string, number>();
  const add = (queue: string, rate: Rate): void => {
    if (rate !== null) takers.set(queue, (takers.get(queue) ?? 0) + rate);
  };
  for (const { name } of fleet.dispatchers) add(TASKQUEUE, forwarded(name));
  for (const { pool, group } of groupsOf(fleet)) add(workerQueue(group.type), ended(pool, group));
  return takers;
}

function countsOf(fleet: Fleet): ReadonlyMap<string, number> {
  return new Map([
    ...fleet.dispatchers.map(({ name, status }) => [keyOf(name), status.forwarded] as const),
    ...groupsOf(fleet).map(({ pool, group }) => [keyOf(pool, group), group.finished + group.failed] as const),
  ]);
}

function keyOf(daemon: string, group?: GroupStatus): string {
  return JSON.stringify(group ? [daemon, group.type, group.group] : [daemon]);
}
