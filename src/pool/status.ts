// What a pool says about itself when it is asked: read from its tables, changing nothing. Pure.
import type { AboutDaemon, GroupStatus, InstanceStatus, JobStatus, PoolStatus } from '../control/answer.ts';
import { LIMITS } from '../control/limits.ts';
import type { InstanceState } from './instance-state.ts';
import { type Job, runOfJob } from './job.ts';
import type { GroupPlan } from './plan.ts';
import type { Roster } from './roster.ts';
import { type Count, NONE } from './tally.ts';

/** What is looked at of an instance. */
export interface Watched {
  readonly name: string;
  readonly plan: GroupPlan;
  readonly pid: number | undefined;
  readonly state: InstanceState;
  readonly jobs: ReadonlyMap<number, Job>;
}

interface PoolFigures {
  readonly roster: Roster;
  readonly instances: readonly Watched[];
  /** By the name of the group. */
  readonly counts: ReadonlyMap<string, Count>;
  readonly postponed: number;
}

export function poolStatus(about: AboutDaemon, { roster, instances, counts, postponed }: PoolFigures): PoolStatus {
  const wanted = byGroup([...roster.values()], (plan) => plan);
  const there = byGroup(instances, ({ plan }) => plan);
  const groups = [...groupsOf(roster, instances)].slice(0, LIMITS.groups).map(([name, plan]) =>
    groupStatus(plan, {
      wanted: wanted.get(name)?.length ?? 0,
      instances: there.get(name) ?? [],
      count: counts.get(name) ?? NONE,
    }),
  );
  return { ...about, kind: 'workerpool', groups, postponed };
}

function byGroup<T>(all: readonly T[], planOf: (one: T) => GroupPlan): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const { name } = planOf(one).group;
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

/** By name: those of the plan, and those that are gone from it and still at work. */
function groupsOf(roster: Roster, instances: readonly Watched[]): ReadonlyMap<string, GroupPlan> {
  const plans = [...instances.map(({ plan }) => plan), ...roster.values()]; // the plan as it is now comes last, and counts
  return new Map(plans.map((plan) => [plan.group.name, plan]));
}

interface GroupFigures {
  readonly wanted: number;
  readonly instances: readonly Watched[];
  readonly count: Count;
}

function groupStatus({ group }: GroupPlan, { wanted, instances, count }: GroupFigures): GroupStatus {
  return {
    type: group.type,
    group: group.group,
    user: group.options.user,
    resultsRoutingKey: group.options.resultsRoutingKey,
    wanted,
    finished: count.finished,
    failed: count.failed,
    lastFailure: count.lastFailure,
    instances: instances.slice(0, LIMITS.instances).map(instanceStatus),
  };
}

function instanceStatus({ name, pid, state, jobs }: Watched): InstanceStatus {
  return {
    name,
    pid: pid ?? null,
    phase: state.phase.name,
    since: state.since,
    problem: state.problem,
    jobs: [...jobs.values()].slice(0, LIMITS.jobs).map(jobStatus),
  };
}

export function jobStatus(job: Job): JobStatus {
  return {
    id: job.envelope.id,
    run: runOfJob(job),
    attempt: job.counts.attempt,
    startedAt: job.startedAt,
    progress: job.progress?.fraction ?? null,
    note: job.progress?.note ?? '',
  };
}
