// The last so many of many, by when they were parked; never more than twice as many in memory.
import type { ParkedFacts } from './facts.ts';

export class Newest {
  readonly #limit: number;
  #kept: ParkedFacts[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  add(facts: ParkedFacts): void {
    this.#count++;
    this.#kept.push(facts);
    if (this.#kept.length >= 2 * this.#limit) this.#kept = this.all();
  }

  /** The oldest of them first; those that do not say when come before them. */
  all(): ParkedFacts[] {
    return [...this.#kept].sort((a, b) => (a.at ?? 0) - (b.at ?? 0)).slice(-this.#limit);
  }
}
