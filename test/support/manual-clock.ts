// A clock that stands still until it is told how far to go. What is due on the way happens at its time, in order.
import type { Clock } from '../../src/core/clock.ts';

export function manualClock(startAt = 1_000_000): ManualClock {
  return new ManualClock(startAt);
}

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(startAt: number) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Runs all that becomes due within `ms`, one by one; what that sets off in other turns of the event loop as well. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let due = this.#next(until); due; due = this.#next(until)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
      await settled();
    }
    this.#now = until;
  }

  /** As slowly as everybody needs to get their turn. */
  async crawl(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await this.advance(Math.min(left, 500));
      for (let turn = 0; turn < 10; turn++) await this.advance(0);
    }
  }

  /** Lets time pass until that is over. */
  async until<T>(over: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    over.then(end, end);
    await this.advance(0);
    while (!isOver) await this.advance(100);
    return over;
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Everything that was to happen without time passing has happened: two turns, for what a first one sets off. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
