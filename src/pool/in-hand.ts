// Where in a pool a workitem is that it has in its hands. Pure.
import type { Whereabouts } from '../control/answer.ts';
import { isAbout } from '../control/whereabouts.ts';
import { type Job, runOfJob } from './job.ts';
import { jobStatus } from './status.ts';

/** What is looked at of an instance. */
interface Watched {
  readonly name: string;
  readonly pid: number | undefined;
  readonly bench: { readonly working: ReadonlyMap<number, Job>; readonly waiting: readonly Job[] };
}

/**
 * @param id a workitem's id, or the name of one of its lives
 * @param ending those whose outcome is not settled yet
 */
export function inHandOf(id: string, instances: readonly Watched[], ending: Iterable<Job>): readonly Whereabouts[] {
  return [
    ...instances.flatMap(({ name, pid, bench }) => [
      ...those(bench.working.values(), id).map((job) => running(job, name, pid)),
      ...those(bench.waiting, id).map((job) => ({ ...about(job), state: 'waiting', instance: name }) as const),
    ]),
    ...those(ending, id).map((job) => ({ ...about(job), state: 'settling', instance: job.instance }) as const),
  ];
}

function those(jobs: Iterable<Job>, id: string): readonly Job[] {
  return [...jobs].filter((job) => isAbout(identity(job), id));
}

function running(job: Job, instance: string, pid: number | undefined): Whereabouts {
  return { ...about(job), at: job.startedAt, state: 'running', instance, pid: pid ?? null, job: jobStatus(job) };
}

function about(job: Job): Pick<Whereabouts, 'id' | 'run' | 'type' | 'at'> {
  return { ...identity(job), type: job.envelope.workerType, at: job.heldSince };
}

function identity(job: Job): { readonly id: string; readonly run: string } {
  return { id: job.envelope.id, run: runOfJob(job) };
}
