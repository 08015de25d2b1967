// How long the workitems of one process may take. When the time of one is up its handler is told, and `kill_timeout` later
// the process has to end: plugin code that does not listen can't be stopped in any other way.
import type { WorkerOptions } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Job } from './job.ts';

export interface TimeLimitsOptions {
  readonly clock: Clock;
  readonly killTimeoutMs: number;
  /** The time of this job is up. */
  tell(job: Job): void;
  /** It did not end by itself. */
  cut(): void;
}

export class TimeLimits {
  readonly #options: TimeLimitsOptions;
  readonly #timers = new Map<number, () => void>();
  /** Jobs that did not end by themselves, with the time that they had. */
  readonly #exceeded = new Map<number, number>();

  constructor(options: TimeLimitsOptions) {
    this.#options = options;
  }

  /** Whether the process has to end for the sake of one job. */
  get isCut(): boolean {
    return this.#exceeded.size > 0;
  }

  watch(job: Job): void {
    const { timeoutMs, number } = job;
    if (timeoutMs === null) return;
    const { clock, killTimeoutMs, tell, cut } = this.#options;
    const onCut = (): void => {
      this.#exceeded.set(number, timeoutMs);
      cut();
    };
    const onTime = (): void => {
      this.#timers.set(number, clock.after(killTimeoutMs, onCut));
      tell(job);
    };
    this.#timers.set(number, clock.after(timeoutMs, onTime));
  }

  /** It has ended. */
  forget(job: Job): void {
    this.#timers.get(job.number)?.();
    this.#timers.delete(job.number);
  }

  /** The time that this job had, where it did not end by itself. */
  exceededBy(job: Job): number | undefined {
    return this.#exceeded.get(job.number);
  }

  /** For the next process. */
  clear(): void {
    this.#exceeded.clear();
  }
}

/** When handlers learn that the pool stops: they get the last part of `stop_timeout` to end by themselves. */
export function warnAfterMs({
  stopTimeoutMs,
  killTimeoutMs,
}: Pick<WorkerOptions, 'stopTimeoutMs' | 'killTimeoutMs'>): number {
  return stopTimeoutMs - Math.min(killTimeoutMs, stopTimeoutMs / 2);
}
