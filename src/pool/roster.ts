// Which instances a plan asks for, and what a reload has to change. Pure.
import type { GroupPlan } from './plan.ts';

/** Plans by the name of the instance: `worker1#1`, `worker1#2`, `worker2_bifh1#1`. */
export type Roster = ReadonlyMap<string, GroupPlan>;

export function rosterOf(plans: ReadonlyMap<string, GroupPlan>): Roster {
  const roster = new Map<string, GroupPlan>();
  for (const plan of plans.values()) {
    for (let number = 1; number <= plan.group.instances; number++) roster.set(`${plan.group.name}#${number}`, plan);
  }
  return roster;
}

interface Change {
  readonly stop: readonly string[];
  readonly start: readonly string[];
  /** Their settings or their plugin have changed: to be stopped and started again, one at a time. */
  readonly replace: readonly string[];
}

export function changeOf(before: Roster, after: Roster): Change {
  const isChanged = (name: string): boolean => before.get(name)?.fingerprint !== after.get(name)?.fingerprint;
  return {
    stop: [...before.keys()].filter((name) => !after.has(name)),
    start: [...after.keys()].filter((name) => !before.has(name)),
    replace: [...after.keys()].filter((name) => before.has(name) && isChanged(name)),
  };
}
