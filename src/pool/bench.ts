// The workitems of one instance: those that its process works on, never more than it may at once, and those that wait for
// a place there – read ahead while handling is quick, or delivered after a lost connection, when the broker takes the
// instance for idle while its process is still busy with what it had. While handling is quick, the process is given some of
// those that wait in advance: it begins them by itself, one after the other, and neither waits for the other.
//
// A suspect has the process to itself, so that only it can be guilty of what happens to the process.
import type { Delivery } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import { ALONE_WITHIN_MS, suspectTimes } from './alone-times.ts';
import type { Job } from './job.ts';
import { type Pace, paceAfter, SLOW, WAITS_AT_MOST_MS } from './read-ahead.ts';
import { Rest } from './rest.ts';

interface BenchOptions {
  readonly clock: Clock;
  /** How many at once. */
  readonly places: number;
  /** It has a place now. `isLinedUp`: the process has it already, and begins it by itself. */
  start(job: Job, isLinedUp: boolean): void;
  /** The process was about to begin it by itself, and does not do that any more: it is to begin now. */
  urge(job: Job): void;
  /** The process may begin it when those before it are done. False where it can't be given it now. */
  lineUp(job: Job): boolean;
  /** Takes back what the process has been lined up for and has not begun: the numbers of the jobs. */
  takeBack(): readonly number[];
  /** Its delivery went while it waited: the broker has it. */
  turnAway(job: Job): void;
  /** It has waited for too long: somebody else shall have it. */
  pass(job: Job): void;
  /** A suspect waits for the others to be done, and they take their time: not now, then. */
  postpone(job: Job): void;
  /** Whether it takes a place at our consumer: one that came by an earlier consumer, or as a lease, takes none. */
  isSeated(delivery: Delivery): boolean;
  /** So many workitems are wanted from now on, open ones included; 0: none at all. */
  want(count: number): void;
}

/** How many a process is lined up for: enough for it not to wait for us. */
export const MOST_LINED_UP = 32;
/** After so many, all are taken back for a moment: whoever keeps their turns begins anew then. */
const LINED_UP_IN_A_ROW = 100_000;

export class Bench {
  readonly #options: BenchOptions;
  readonly #working = new Map<number, Job>();
  readonly #waiting: Job[] = [];
  /** How many of those that wait, from the first on, the process has been lined up for: it may have begun them by now. */
  #linedUp = 0;
  #linedUpInARow = 0;
  #places: number;
  #pace: Pace = SLOW;
  #said: number;
  /** Since when some wait, and none has ended (ms since 1970). */
  #patientSince = 0;
  #cancelPatience: (() => void) | undefined;
  /** A suspect waits for long: the others are better off elsewhere. */
  #isForSuspect = false;
  readonly #rest = new Rest();
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
    this.breakUp();
    this.#places = places;
    this.#fill();
  }

  /**
   * How many workitems our consumer shall hold, open ones included. Where some of ours take no place there, the broker's
   * count is not ours, and starts anew whenever it changes: then only as many as have a place just now. So none at all beside
   * a suspect: one more would come, to be passed on after a moment, and then the next one, for as long as it works. Where
   * handling is quick, one more does no harm: it gets its turn before that.
   */
  get wanted(): number {
    if (this.#isForSuspect || (this.#isOneAlone && this.#places + this.#pace.ahead > 1)) return 0;
    const own = this.#places;
    const guests = this.#guests.length === 0 ? 0 : this.#guests.filter(this.#options.isSeated).length;
    if (this.#pace.ahead === 0 && this.#isOneElsewhere) return Math.max(0, own - this.#working.size) + guests;
    return own + guests + this.#pace.ahead;
  }

  get #isOneElsewhere(): boolean {
    for (const job of this.#working.values()) if (!this.#options.isSeated(job.delivery)) return true;
    return false;
  }

  /** Whether something more could begin now. */
  get hasRoom(): boolean {
    return !this.#isOneAlone && this.#working.size + this.#waiting.length < this.#places;
  }

  /** The delivery of one of its jobs has been exchanged for one that came by another way. */
  moved(job: Job): void {
    if (this.#working.has(job.number)) this.#sayWanted();
  }

  /** Our consumer may be another one since then, or none. */
  sayWantedAnew(): void {
    this.#said = this.wanted;
    this.#options.want(this.#said);
  }

  /** What came to us is known already: as the delivery of our own job, or of another instance's, whose guest it is here. */
  adopted(job: Job): void {
    const isOurs = this.#working.has(job.number) || this.#waiting.includes(job);
    if (!isOurs) this.#guests = [...this.#guests.filter(this.#options.isSeated), job.delivery];
    this.#sayWanted();
  }

  add(job: Job): void {
    if (this.#waiting.length === 0) this.#patientSince = this.#options.clock.now();
    this.#waiting.push(job);
    this.#fill();
  }

  /** It has ended; the next one takes its place. */
  finished(job: Job): void {
    const now = this.#options.clock.now();
    this.remove(job);
    this.#patientSince = now;
    this.#pace = paceAfter(this.#pace, now - job.startedAt, job.message.body.length);
    this.#fill();
  }

  /** Its process is dead: nobody takes its place. */
  remove(job: Job): void {
    this.#working.delete(job.number);
  }

  /** Takes away one that waits; false where it has begun meanwhile. */
  takeAway(job: Job): boolean {
    this.breakUp();
    const at = this.#waiting.indexOf(job);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      this.#patientSince = this.#options.clock.now();
    }
    this.#fill();
    return at >= 0;
  }

  /** Those that wait get no place any more. */
  passWaiting(): void {
    this.breakUp();
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    this.#pace = SLOW;
    this.#isForSuspect = false;
    this.#sayWanted();
    for (const job of this.#waiting.splice(0)) this.#options.pass(job);
  }

  /** The process is lined up for nothing any more. What it has begun meanwhile has a place. */
  breakUp(): void {
    const back = new Set(this.#options.takeBack());
    const begun = this.#waiting.slice(0, this.#linedUp).filter(({ number }) => !back.has(number));
    this.#waiting.splice(0, begun.length); // it begins them in order
    for (const job of begun) this.#begin(job);
    this.#linedUp = 0;
    this.#linedUpInARow = 0;
    for (const job of this.#working.values()) {
      if (back.has(job.number)) this.#options.urge(job);
    }
  }

  #fill(): void {
    for (let next = this.#waiting[0]; next && this.#isFreeFor(next); next = this.#waiting[0]) {
      if (!next.delivery.isOpen && this.#linedUp > 0) this.breakUp();
      else if (next.delivery.isOpen) this.#begin(this.#waiting.shift() as Job);
      else this.#options.turnAway(this.#waiting.shift() as Job);
    }
    this.#lineUp();
    if (!this.#waiting[0]?.isSuspect) this.#isForSuspect = false;
    this.#sayWanted();
    if (this.#waiting.length > 0) this.#watchPatience(WAITS_AT_MOST_MS);
  }

  #begin(job: Job): void {
    const isLinedUp = this.#linedUp > 0;
    if (isLinedUp) this.#linedUp--;
    this.#working.set(job.number, job);
    this.#options.start(job, isLinedUp);
  }

  #lineUp(): void {
    if (this.#pace.ahead === 0 || this.#working.size < this.#places || this.#isOneAlone) return;
    if (this.#linedUpInARow >= LINED_UP_IN_A_ROW) this.breakUp();
    while (this.#linedUp < MOST_LINED_UP) {
      const next = this.#waiting[this.#linedUp];
      if (!next?.delivery.isOpen || next.isSuspect || !this.#options.lineUp(next)) return;
      this.#linedUp++;
      this.#linedUpInARow++;
    }
  }

  #isFreeFor({ isSuspect }: Job): boolean {
    const places = isSuspect ? Math.min(1, this.#places) : this.#places;
    return this.#working.size < places && !this.#isOneAlone;
  }

  get #isOneAlone(): boolean {
    const [first] = this.#working.values();
    return first?.isSuspect ?? false;
  }

  /** One timer for many that come and go: none is set anew for each of them. */
  #watchPatience(afterMs: number): void {
    this.#cancelPatience ??= this.#options.clock.after(afterMs, () => {
      this.#cancelPatience = undefined;
      this.#checkPatience();
    });
  }

  #checkPatience(): void {
    const [first] = this.#waiting;
    if (!first) return;
    const now = this.#options.clock.now();
    const patienceMs = this.#patienceMs(first, now);
    const waitedMs = now - this.#patientSince;
    const isPatient = waitedMs >= 0 && waitedMs < patienceMs; // a clock may be set back
    if (!isPatient) return this.#losePatience(first);
    if (first.isSuspect && !first.delivery.isOpen) return this.#giveUp(first, this.#options.turnAway);
    if (waitedMs >= ALONE_WITHIN_MS) this.#clearFor(first);
    this.#watchPatience(Math.min(patienceMs - waitedMs, WAITS_AT_MOST_MS));
  }

  #patienceMs({ isSuspect, counts }: Job, now: number): number {
    if (!isSuspect) return WAITS_AT_MOST_MS;
    return this.#rest.isOver(now) ? suspectTimes(counts).waitsMs : ALONE_WITHIN_MS;
  }

  /** Nobody waits behind a suspect for longer than it takes the first time. */
  #clearFor(suspect: Job): void {
    this.#isForSuspect = true;
    this.#sayWanted();
    for (const job of this.#waiting.splice(0)) {
      if (job === suspect) this.#waiting.push(job);
      else this.#options.pass(job);
    }
  }

  #losePatience(first: Job): void {
    if (!first.isSuspect || this.#isOneAlone) return this.passWaiting();
    this.#giveUp(first, this.#options.postpone);
  }

  /** The first of those that wait: the others go on without it. */
  #giveUp(first: Job, settle: (job: Job) => void): void {
    this.#patientSince = this.#options.clock.now();
    if (this.#isForSuspect) this.#rest.begin(this.#patientSince, suspectTimes(first.counts).restMs);
    this.#isForSuspect = false;
    this.#waiting.shift();
    settle(first);
    this.#fill();
  }

  #sayWanted(): void {
    if (this.wanted !== this.#said) this.sayWantedAnew();
  }
}
