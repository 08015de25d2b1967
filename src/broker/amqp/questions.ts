// Questions about queues, over the connection that consumes. The broker may leave one unanswered for ever (a queue whose
// process hangs, a quorum queue that a kill -9 has cut short), and all others answered: whoever asks learns that it got no
// answer. The channel that has asked is lost until the connection ends, or the answer comes: so their number is bounded.
import { type Clock, within } from '../../core/clock.ts';
import { TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { DeclareOutcome, QueueInfo } from '../broker.ts';
import type { Declarations } from '../declarations.ts';
import type { Connection } from './connection.ts';
import { declare, deleteQueue, queueInfo } from './declare.ts';

export const ANSWER_WITHIN_MS = 20_000;
export const NO_ANSWER = `the broker gave no answer within ${ANSWER_WITHIN_MS / 1000} seconds`;
/** So many about one queue, and no more are asked until one of them is answered. */
export const MOST_UNANSWERED = 10;

export class Questions {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** How many are open that nobody waits for any longer, by queue. */
  readonly #unanswered = new Map<string, number>();

  constructor(connection: Connection, clock: Clock, logger: Logger) {
    this.#connection = connection;
    this.#clock = clock;
    this.#logger = logger;
  }

  async declare(declarations: Declarations): Promise<DeclareOutcome> {
    const givenUp = new AbortController();
    const declared = declare(this.#connection, declarations, this.#logger, givenUp.signal);
    if (await this.#isInTime(declared)) return declared;
    givenUp.abort();
    return { kind: 'unknown', reason: NO_ANSWER };
  }

  /** `undefined` where there is no such queue. Rejects with `UNAVAILABLE`. */
  info(queue: string): Promise<QueueInfo | undefined> {
    return this.#answer(queue, () => queueInfo(this.#connection, queue));
  }

  /** Rejects with `UNAVAILABLE`. */
  deleteQueue(queue: string): Promise<void> {
    return this.#answer(queue, () => deleteQueue(this.#connection, queue));
  }

  async #answer<T>(queue: string, ask: () => Promise<T>): Promise<T> {
    if ((this.#unanswered.get(queue) ?? 0) < MOST_UNANSWERED) {
      const asked = ask();
      if (await this.#isInTime(asked)) return asked;
      this.#count(queue, 1);
      const answered = (): void => this.#count(queue, -1);
      void asked.then(answered, answered);
    }
    throw new TaskqueueError('UNAVAILABLE', `the broker says nothing about queue ${queue}: ${NO_ANSWER}`);
  }

  #isInTime(asked: Promise<unknown>): Promise<boolean> {
    return within(this.#clock, ANSWER_WITHIN_MS, asked);
  }

  #count(queue: string, change: 1 | -1): void {
    const count = (this.#unanswered.get(queue) ?? 0) + change;
    if (count === 0) this.#unanswered.delete(queue);
    else this.#unanswered.set(queue, count);
  }
}
