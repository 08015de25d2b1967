// A worker process in the hands of a test: it says what the test lets it say.
import type { ToWorker } from '../../../src/child/protocol.ts';
import type { ChildSpec } from '../../../src/child/spawn.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import { Pool, type PoolOptions } from '../../../src/pool/pool.ts';
import type { ProcessOptions, WorkFrame } from '../../../src/pool/process-life.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { byName } from './fixtures.ts';

type Outcome = Extract<WorkFrame, { kind: 'outcome' }>['outcome'];

/** All that were started since the last `forgetProcesses`. */
export const processes: FakeWorkerProcess[] = [];

export function forgetProcesses(): void {
  processes.length = 0;
}

export class FakeWorkerProcess {
  readonly instance: string;
  readonly options: ProcessOptions;
  readonly sent: ToWorker[] = [];
  readonly answers: (string | null)[] = [];
  /** Why it was killed. */
  killed: string | undefined;
  isPipeOpen = true;
  readonly pid: number;

  constructor(instance: string, options: ProcessOptions) {
    this.instance = instance;
    this.options = options;
    this.pid = 1_000 + processes.push(this);
  }

  /** Numbers of the jobs that it was given. */
  get jobs(): number[] {
    return this.sent.flatMap((frame) => (frame.kind === 'work' ? [frame.job] : []));
  }

  send(frame: ToWorker): boolean {
    if (this.isPipeOpen) this.sent.push(frame);
    return this.isPipeOpen;
  }

  lineUp(): boolean {
    return false;
  }

  takeBack(): readonly number[] {
    return [];
  }

  answer(_call: number, error: string | null): void {
    this.answers.push(error);
  }

  kill(why: string): void {
    this.killed ??= why;
  }

  ready(): void {
    this.options.onReady(this.pid);
  }

  says(frame: WorkFrame, body = ''): void {
    this.options.onFrame(frame, Buffer.from(body));
  }

  /** The outcome of a job: of its last one, where none is named. */
  concludes(outcome: Outcome, job = this.jobs.at(-1) as number, body = 'done'): void {
    this.says({ kind: 'outcome', job, outcome }, body);
  }

  finishes(job?: number): void {
    this.concludes({ kind: 'finished', contentType: 'text/plain' }, job);
  }

  dies(how = 'was killed by SIGKILL'): void {
    this.isPipeOpen = false;
    this.options.onEnded(this.killed ?? how, 'last words');
  }
}

/** For a pool whose processes are all of these. */
export const FAKE_PROCESSES: Pick<PoolOptions, 'childSpecFor' | 'startProcess'> = {
  childSpecFor: async () => ({}) as ChildSpec,
  startProcess: (_plan, instance, _spec, options) => new FakeWorkerProcess(instance, options),
};

/** A pool whose processes are all of these, and ready. */
export async function readyPool(
  tools: PoolOptions['tools'] & { readonly clock: ManualClock },
  plans: readonly GroupPlan[],
  more: Partial<PoolOptions> = {},
): Promise<Pool> {
  const pool = new Pool({ tools, plans: byName(plans), ...FAKE_PROCESSES, ...more });
  await pool.start();
  await tools.clock.advance(0);
  for (const process of processes) process.ready();
  return pool;
}

/** The latest one of that instance. */
export const processOf = (instance: string): FakeWorkerProcess =>
  processes.findLast((one) => one.instance === instance) as FakeWorkerProcess;
