// The workitems of one instance: those that its process works on, never more than it may at once, and those that wait for
// a place there – read ahead while handling is quick, or delivered after a lost connection, when the broker takes the
// instance for idle while its process is still busy with what it had.
import type { Clock } from '../core/clock.ts';
import type { Job } from './job.ts';
import { type Pace, paceAfter, SLOW, WAITS_AT_MOST_MS } from './read-ahead.ts';

export interface BenchOptions {
  readonly clock: Clock;
  /** How many at once. */
  readonly places: number;
  /** It has a place now. */
  start(job: Job): void;
  /** Its delivery went while it waited: the broker has it. */
  turnAway(job: Job): void;
  /** It has waited for too long: somebody else shall have it. */
  pass(job: Job): void;
  /** So many workitems are wanted from now on, open ones included. */
  want(count: number): void;
}

export class Bench {
  readonly #options: BenchOptions;
  readonly #working = new Map<number, Job>();
  #waiting: readonly Job[] = [];
  #pace: Pace = SLOW;
  #cancelPatience: (() => void) | undefined;

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

  /** How many workitems the instance can use, open ones included. */
  get wanted(): number {
    return this.#options.places + this.#pace.ahead;
  }

  add(job: Job): void {
    this.#waiting = [...this.#waiting, job];
    this.#fill();
  }

  /** It has ended; the next one takes its place. */
  finished(job: Job): void {
    const { clock } = this.#options;
    this.remove(job);
    this.#loseNoPatience();
    this.#fill();
    this.#setPace(paceAfter(this.#pace, clock.now() - job.startedAt, job.message.body.length));
  }

  /** Its process is dead: nobody takes its place. */
  remove(job: Job): void {
    this.#working.delete(job.number);
  }

  /** Those that wait get no place any more. */
  passWaiting(): void {
    this.#loseNoPatience();
    this.#setPace(SLOW);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const job of waiting) this.#options.pass(job);
  }

  #fill(): void {
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
    if (this.#waiting.length > 0) {
      this.#cancelPatience ??= this.#options.clock.after(WAITS_AT_MOST_MS, () => this.passWaiting());
    }
  }

  #loseNoPatience(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
  }

  #setPace(pace: Pace): void {
    const before = this.wanted;
    this.#pace = pace;
    if (this.wanted !== before) this.#options.want(this.wanted);
  }
}
