// How fast it goes: the difference between two looks. Pure.
import type { GroupStatus } from '../../control/answer.ts';
import type { Fleet } from './survey.ts';

/** Per second; `null` where it is not known, because there was only one look, or the daemon is new. */
export type Rate = number | null;

export interface Rates {
  /** What this dispatcher forwarded. */
  forwarded(dispatcher: string): Rate;
  /** What ended in this group of this pool, however it ended. */
  ended(pool: string, group: GroupStatus): Rate;
}

export const NO_RATES: Rates = { forwarded: () => null, ended: () => null };

export function ratesBetween(before: Fleet, after: Fleet): Rates {
  const seconds = (after.at - before.at) / 1000;
  const counts = countsOf(after);
  const countsBefore = countsOf(before);
  const rateOf = (key: string): Rate => {
    const [now, then] = [counts.get(key), countsBefore.get(key)];
    return now === undefined || then === undefined || now < then || seconds <= 0 ? null : (now - then) / seconds;
  };
  return {
    forwarded: (dispatcher) => rateOf(keyOf(dispatcher)),
    ended: (pool, group) => rateOf(keyOf(pool, group)),
  };
}

function countsOf({ dispatchers, pools }: Fleet): ReadonlyMap<string, number> {
  return new Map([
    ...dispatchers.map(({ name, status }) => [keyOf(name), status.forwarded] as const),
    ...pools.flatMap(({ name, status }) =>
      status.groups.map((group) => [keyOf(name, group), group.finished + group.failed] as const),
    ),
  ]);
}

function keyOf(daemon: string, group?: GroupStatus): string {
  return JSON.stringify(group ? [daemon, group.type, group.group] : [daemon]);
}
