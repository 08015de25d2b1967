// How long the workitems of one process may take. When the time of one is up, or it has been cancelled, its handler is told,
// and `kill_timeout` later the process has to end: plugin code that does not listen can't be stopped in any other way.
import type { WorkerOptions } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Job } from './job.ts';

interface TimeLimitsOptions {
  readonly clock: Clock;
  readonly killTimeoutMs: number;
  /** The handler of this job is to end. */
  tell(job: Job, reason: 'timeout' | 'cancel'): void;
  /** It did not end by itself. `why` completes the sentence "the worker process …". */
  cut(why: string): void;
}

export class TimeLimits {
  readonly #options: TimeLimitsOptions;
  readonly #timers = new Map<number, () => void>();
  /** Jobs whose handlers have been told. */
  readonly #told = new Set<number>();
  /** Jobs that took too long and did not end by themselves, with the time that they had. */
  readonly #exceeded = new Map<number, number>();
  #isCut = false;

  constructor(options: TimeLimitsOptions) {
    this.#options = options;
  }

  /** Whether the process has to end for the sake of one job. */
  get isCut(): boolean {
    return this.#isCut;
  }

  watch(job: Job): void {
    const { timeoutMs, number } = job;
    if (timeoutMs === null) return;
    const cut = (): void => {
      this.#exceeded.set(number, timeoutMs);
      this.#cut('was ended: a workitem took longer than its time');
    };
    this.#timers.set(
      number,
      this.#options.clock.after(timeoutMs, () => this.#tell(job, 'timeout', cut)),
    );
  }

  /** It is to end, however much time it has left. */
  cancel(job: Job): void {
    if (this.#told.has(job.number)) return; // it has to end by then anyway
    this.forget(job);
    this.#tell(job, 'cancel', () => this.#cut('was ended: a workitem was cancelled, and its handler went on'));
  }

  #tell(job: Job, reason: 'timeout' | 'cancel', cut: () => void): void {
    const { clock, killTimeoutMs, tell } = this.#options;
    this.#told.add(job.number);
    this.#timers.set(job.number, clock.after(killTimeoutMs, cut));
    tell(job, reason);
  }

  #cut(why: string): void {
    this.#isCut = true;
    this.#options.cut(why);
  }

  /** It has ended. */
  forget({ number }: Job): void {
    this.#timers.get(number)?.();
    this.#timers.delete(number);
    this.#told.delete(number);
  }

  /** The time that this job had, where it did not end by itself. */
  exceededBy(job: Job): number | undefined {
    return this.#exceeded.get(job.number);
  }

  /** For the next process. */
  clear(): void {
    this.#exceeded.clear();
    this.#isCut = false;
  }
}

/** When handlers learn that the pool stops: they get the last part of `stop_timeout` to end by themselves. */
export function warnAfterMs({
  stopTimeoutMs,
  killTimeoutMs,
}: Pick<WorkerOptions, 'stopTimeoutMs' | 'killTimeoutMs'>): number {
  return stopTimeoutMs - Math.min(killTimeoutMs, stopTimeoutMs / 2);
}
