// How the workitems of one process end: by themselves, because they are told to, or together with their process. Tells the
// handlers, and says what each end means; what follows from that is decided in `settlement.ts`.
import type { ToWorker, WorkerOutcome } from '../child/protocol.ts';
import type { WorkerOptions } from '../config/config.ts';
import type { Cancellation } from '../control/standing.ts';
import type { Clock } from '../core/clock.ts';
import type { Job } from './job.ts';
import { outcomeOfEnd, type ProcessEnd } from './process-end.ts';
import type { Outcome } from './settlement.ts';
import { TimeLimits, warnAfterMs } from './time-limits.ts';
import { outcomeOf } from './worker-outcome.ts';

interface EndingsOptions {
  readonly clock: Clock;
  readonly deadlines: Pick<WorkerOptions, 'killTimeoutMs' | 'stopTimeoutMs'>;
  send(frame: Extract<ToWorker, { kind: 'abort' }>): void;
  /** Ends the process. `why` completes the sentence "the worker process …". */
  kill(why: string): void;
}

export class Endings {
  readonly #options: EndingsOptions;
  readonly #limits: TimeLimits;
  /** Jobs that came too late: the process was dead already. */
  readonly #unstarted = new Set<Job>();
  /** The handlers know that the pool stops: what they throw now is no failure. */
  #isWarned = false;
  #cancelWarning: () => void = () => undefined;

  constructor(options: EndingsOptions) {
    const { clock, deadlines, kill: cut } = options;
    const { killTimeoutMs } = deadlines;
    this.#options = options;
    this.#limits = new TimeLimits({ clock, killTimeoutMs, cut, tell: (job, reason) => this.#abort(job, reason) });
  }

  /** The process has it from now on. */
  begun(job: Job): void {
    this.#limits.watch(job);
  }

  /** The process was dead before it could get it. */
  tooLate(job: Job): void {
    this.#unstarted.add(job);
  }

  cancel(job: Job, cancellation: Cancellation): void {
    job.cancellation = cancellation;
    this.#limits.cancel(job);
  }

  /** The pool stops: those that still work by then learn of it while there is time. */
  warnInTime(jobs: () => Iterable<Job>): void {
    const { clock, deadlines } = this.#options;
    this.#cancelWarning = clock.after(warnAfterMs(deadlines), () => {
      this.#isWarned = true;
      for (const job of jobs()) this.#abort(job, 'shutdown');
    });
  }

  /** There is no process any more, and none will follow. */
  over(): void {
    this.#cancelWarning();
  }

  /** The process has said so. */
  ofJob(job: Job, said: WorkerOutcome, body: Buffer): Outcome {
    this.#limits.forget(job);
    const { hasLostReport, cancellation } = job;
    return outcomeOf(said, body, { knowsOfStop: this.#isWarned, hasLostReport, cancellation });
  }

  /** The process has ended: what becomes of each that it had. */
  ofProcess(
    jobs: readonly Job[],
    process: Pick<ProcessEnd, 'isOurs' | 'how' | 'lastLines'>,
  ): readonly (readonly [Job, Outcome])[] {
    const working = jobs.length - this.#unstarted.size;
    const end = { ...process, isCut: this.#limits.isCut, working };
    const outcomes = jobs.map((job) => [job, this.#ofEnd(job, end)] as const);
    for (const job of jobs) this.#limits.forget(job);
    this.#unstarted.clear();
    this.#limits.clear();
    return outcomes;
  }

  #ofEnd(job: Job, end: ProcessEnd): Outcome {
    const [exceededMs, isUnstarted] = [this.#limits.exceededBy(job), this.#unstarted.has(job)];
    return outcomeOfEnd({ cancellation: job.cancellation, exceededMs, isUnstarted }, end);
  }

  #abort({ number: job }: Job, reason: 'timeout' | 'shutdown' | 'cancel'): void {
    this.#options.send({ kind: 'abort', job, reason });
  }
}
