// The workitems of one instance: those that its process works on, never more than it may at once, and those that wait for
// a place there – read ahead while handling is quick, or delivered after a lost connection, when the broker takes the
// instance for idle while its process is still busy with what it had.
//
// A suspect has the process to itself, so that only it can be guilty of what happens to the process.
import type { Delivery } from '../broker/broker.ts';
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
  /** A suspect waits for the others to be done, and they take their time: not now, then. */
  postpone(job: Job): void;
  /** So many workitems are wanted from now on, open ones included; 0: none at all. */
  want(count: number): void;
}

/** How long a process takes nothing new for the sake of a suspect that waits for it to be idle. */
export const SUSPECT_WAITS_MS = 5_000;

export class Bench {
  readonly #options: BenchOptions;
  readonly #working = new Map<number, Job>();
  #waiting: readonly Job[] = [];
  #places: number;
  #pace: Pace = SLOW;
  #said: number;
  #cancelPatience: (() => void) | undefined;
  /** Deliveries that take a place at our consumer, while their workitem is handled by another instance. */
  #guests: readonly Delivery[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
    this.#places = options.places;
    this.#said = options.places;
  }

  /** By their numbers. */
  get working(): ReadonlyMap<number, Job> {
    return this.#working;
  }

  /** Those that have no place yet, in order. */
  get waiting(): readonly Job[] {
    return this.#waiting;
  }

  get isEmpty(): boolean {
    return this.#working.size === 0 && this.#waiting.length === 0;
  }

  get places(): number {
    return this.#places;
  }

  /** From now on. What works already goes on. */
  set places(places: number) {
    this.#places = places;
    this.#fill();
  }

  /**
   * How many workitems our consumer shall hold, open ones included. Where some of ours take no place there, the broker's
   * count is not ours, and starts anew whenever it changes: then only as many as have a place just now.
   */
  get wanted(): number {
    const own = this.#isOneAlone ? 1 : this.#places;
    const guests = this.#guests.filter(({ isOpen }) => isOpen).length;
    const isElsewhere = [...this.#working.values()].some((job) => job.seat !== job.delivery || !job.seat.isOpen);
    if (isElsewhere) return Math.max(0, own - this.#working.size) + guests;
    return own + guests + (this.#isOneAlone ? 0 : this.#pace.ahead);
  }

  /** Whether something more could begin now. */
  get hasRoom(): boolean {
    return !this.#isOneAlone && this.#working.size + this.#waiting.length < this.#places;
  }

  /** The delivery of one of its jobs has been exchanged for one that came by another way. */
  moved(job: Job): void {
    if (this.#working.has(job.number)) this.#sayWanted();
  }

  /** What came to us is known already: as the delivery of our own job, or of another instance's, whose guest it is here. */
  adopted(job: Job): void {
    if (this.#working.has(job.number)) job.seat = job.delivery;
    else this.#guests = [...this.#guests.filter(({ isOpen }) => isOpen), job.delivery];
    this.#sayWanted();
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
    this.#pace = paceAfter(this.#pace, clock.now() - job.startedAt, job.message.body.length);
    this.#fill();
  }

  /** Its process is dead: nobody takes its place. */
  remove(job: Job): void {
    this.#working.delete(job.number);
  }

  /** Takes away one that waits; false where it has begun meanwhile. */
  takeAway(job: Job): boolean {
    if (!this.#waiting.includes(job)) return false;
    this.#waiting = this.#waiting.filter((one) => one !== job);
    this.#loseNoPatience();
    this.#fill();
    return true;
  }

  /** Those that wait get no place any more. */
  passWaiting(): void {
    this.#loseNoPatience();
    this.#pace = SLOW;
    this.#sayWanted();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const job of waiting) this.#options.pass(job);
  }

  #fill(): void {
    for (let next = this.#waiting[0]; next && this.#isFreeFor(next); next = this.#waiting[0]) {
      this.#waiting = this.#waiting.slice(1);
      if (!next.delivery.isOpen) {
        this.#options.turnAway(next);
        continue;
      }
      this.#working.set(next.number, next);
      this.#options.start(next);
    }
    this.#sayWanted();
    const [first] = this.#waiting;
    if (!first) return;
    const patienceMs = first.isSuspect ? SUSPECT_WAITS_MS : WAITS_AT_MOST_MS;
    this.#cancelPatience ??= this.#options.clock.after(patienceMs, () => this.#losePatience());
  }

  #isFreeFor({ isSuspect }: Job): boolean {
    const places = isSuspect ? Math.min(1, this.#places) : this.#places;
    return this.#working.size < places && !this.#isOneAlone;
  }

  get #isOneAlone(): boolean {
    const [first] = this.#working.values();
    return first?.isSuspect ?? false;
  }

  #losePatience(): void {
    const [first, ...others] = this.#waiting;
    if (!first?.isSuspect || this.#isOneAlone) return this.passWaiting();
    this.#loseNoPatience();
    this.#waiting = others;
    this.#options.postpone(first);
    this.#fill();
  }

  #loseNoPatience(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
  }

  #sayWanted(): void {
    const { wanted } = this;
    if (wanted === this.#said) return;
    this.#said = wanted;
    this.#options.want(wanted);
  }
}
