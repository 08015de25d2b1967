// Answers to one question, until there are enough or the time is over. The first answers may be here before the broker has
// confirmed the question.
import { type Clock, within } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import type { Answer } from './answer.ts';

/** No fleet is that large: what comes after that has been made up. */
const MOST_ANSWERS = 1_000;

export class Gathering<A extends Answer> {
  readonly #clock: Clock;
  readonly #isOne: (answer: Answer) => answer is A;
  readonly #enough: (answers: readonly A[]) => boolean;
  /** By the name of the daemon: each counts once. */
  readonly #answers = new Map<string, A>();
  readonly #isOver = deferred<void>();

  constructor(clock: Clock, isOne: (answer: Answer) => answer is A, enough: (answers: readonly A[]) => boolean) {
    this.#clock = clock;
    this.#isOne = isOne;
    this.#enough = enough;
  }

  add(answer: Answer): void {
    if (!this.#isOne(answer) || this.#answers.size >= MOST_ANSWERS) return;
    this.#answers.set(answer.name, answer);
    if (this.#enough([...this.#answers.values()])) this.end();
  }

  /** What there is after so many ms; or sooner, if it is enough. */
  async for(ms: number): Promise<readonly A[]> {
    await within(this.#clock, ms, this.#isOver.promise);
    return [...this.#answers.values()];
  }

  end(): void {
    this.#isOver.resolve();
  }
}
