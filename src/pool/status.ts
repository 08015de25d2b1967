// What a pool says about itself when it is asked: read from its tables, changing nothing. Pure.
import type { AboutDaemon, GroupStatus, InstanceStatus, JobStatus, PoolStatus } from '../control/answer.ts';
import { LIMITS } from '../control/limits.ts';
import type { InstanceState } from './instance-state.ts';
import { type Job, runOfJob } from './job.ts';
import type { GroupPlan } from './plan.ts';
import type { Roster } from './roster.ts';
import type { Count } from './tally.ts';

/** What is looked at of an instance. */
export interface Watched {
  readonly name: string;
  readonly plan: GroupPlan;
  readonly pid: number | undefined;
  readonly state: InstanceState;
  readonly jobs: ReadonlyMap<number, Job>;
}

export interface PoolFigures {
  readonly roster: Roster;
  readonly instances: readonly Watched[];
  countOf(group: string): Count;
  readonly postponed: number;
}

export function poolStatus(about: AboutDaemon, figures: PoolFigures): PoolStatus {
  const groups = [...groupsOf(figures)].slice(0, LIMITS.groups);
  return {
    ...about,
    kind: 'workerpool',
    groups: groups.map(([name, plan]) => groupStatus(name, plan, figures)),
    postponed: figures.postponed,
  };
}

/** By name: those of the plan, and those that are gone from it and still at work. */
function groupsOf({ roster, instances }: PoolFigures): ReadonlyMap<string, GroupPlan> {
  const plans = [...instances.map(({ plan }) => plan), ...roster.values()]; // the plan as it is now comes last, and counts
  return new Map(plans.map((plan) => [plan.group.name, plan]));
}

function groupStatus(name: string, { group }: GroupPlan, { roster, instances, countOf }: PoolFigures): GroupStatus {
  const { finished, failed, lastFailure } = countOf(name);
  return {
    type: group.type,
    group: group.group,
    user: group.options.user,
    resultsRoutingKey: group.options.resultsRoutingKey,
    wanted: [...roster.values()].filter((plan) => plan.group.name === name).length,
    finished,
    failed,
    lastFailure,
    instances: instances
      .filter(({ plan }) => plan.group.name === name)
      .slice(0, LIMITS.instances)
      .map(instanceStatus),
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
