// Time as a test wants it: it passes as everywhere, so that processes start and limits hold, and it can be told to skip what
// would only be waiting. Timers go off in their order, each at its own time.
import { type Clock, systemClock } from '../core/clock.ts';

interface Timer {
  readonly at: number;
  readonly task: () => void;
  cancelReal(): void;
}

/** Goes on from the present time. */
export class SkippingClock implements Clock {
  readonly #real: Clock;
  readonly #timers = new Set<Timer>();
  #skippedMs = 0;

  constructor(real: Clock = systemClock) {
    this.#real = real;
  }

  now(): number {
    return this.#real.now() + this.#skippedMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { at: this.now() + Math.max(0, delayMs), task, cancelReal: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#cancel(timer);
  }

  /** It is `ms` later. Resolves when all that became due has gone off, and what that set off at once. */
  async skip(ms: number): Promise<void> {
    const until = this.now() + ms;
    await turns();
    for (let due = this.#first(until); due; due = this.#first(until)) {
      this.#jumpTo(due.at);
      this.#goOff(due);
      await turns();
    }
    this.#jumpTo(until);
    for (const timer of this.#timers) {
      timer.cancelReal();
      this.#arm(timer);
    }
  }

  /** Of two at the same time, the one that was set first. */
  #first(until: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
    }
    return earliest;
  }

  #jumpTo(time: number): void {
    this.#skippedMs += Math.max(0, time - this.now());
  }

  #arm(timer: Timer): void {
    timer.cancelReal = this.#real.after(Math.max(0, timer.at - this.now()), () => this.#goOff(timer));
  }

  #goOff(timer: Timer): void {
    this.#cancel(timer);
    timer.task();
  }

  #cancel(timer: Timer): void {
    timer.cancelReal();
    this.#timers.delete(timer);
  }
}

/** Everything that was to happen without time passing has happened: two turns, for what a first one sets off. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
