// The workitems of one instance: those that its process works on, never more than it may at once, and those that wait for
// a place there. Some wait only after a lost connection: the broker then takes the instance for idle and delivers to it,
// while its process is still busy with what it had.
import type { Job } from './job.ts';

export interface BenchOptions {
  /** How many at once. */
  readonly places: number;
  /** It has a place now. */
  start(job: Job): void;
  /** Its delivery went while it waited: the broker has it. */
  turnAway(job: Job): void;
}

export class Bench {
  readonly #options: BenchOptions;
  readonly #working = new Map<number, Job>();
  #waiting: readonly Job[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
  }

  /** By their numbers. */
  get working(): ReadonlyMap<number, Job> {
    return this.#working;
  }

  get isEmpty(): boolean {
    return this.#working.size === 0 && this.#waiting.length === 0;
  }

  add(job: Job): void {
    this.#waiting = [...this.#waiting, job];
    this.fill();
  }

  /** It has ended. Its place stays free until `fill`. */
  remove(job: Job): void {
    this.#working.delete(job.number);
  }

  /** Gives free places to those that wait. */
  fill(): void {
    while (this.#working.size < this.#options.places) {
      const [next, ...others] = this.#waiting;
      if (!next) return;
      this.#waiting = others;
      if (!next.delivery.isOpen) {
        this.#options.turnAway(next);
        continue;
      }
      this.#working.set(next.number, next);
      this.#options.start(next);
    }
  }

  /** Those that wait will not get a place any more. */
  takeWaiting(): readonly Job[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
