// Questions about queues, over the connection that consumes. The broker may leave one unanswered for ever (a queue whose
// process hangs, a quorum queue that a kill -9 has cut short), and all others answered: whoever asks learns that it got no
// answer. The channel that has asked is lost until the connection ends, or the answer comes. So the same question is asked
// once at a time, for all who want to know; and hardly ever again where one after the other stays unanswered.
import { backoffMs } from '../../core/backoff.ts';
import { type Clock, within } from '../../core/clock.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { DeclareOutcome, QueueInfo } from '../broker.ts';
import type { Declarations } from '../declarations.ts';
import type { Connection } from './connection.ts';
import { declare, deleteQueue, queueInfo } from './declare.ts';

export const ANSWER_WITHIN_MS = 20_000;
/** So many of one question may stay unanswered; then each further one waits longer than the one before it. */
export const MOST_UNANSWERED = 10;
const REST_MS = 10 * 60_000;
const LONGEST_REST_MS = 6 * 60 * 60_000;

/** How long to wait before the same is asked again, with so many unanswered: a connection has 2047 channels, for all of us. */
export function restMs(unanswered: number): number {
  return unanswered < MOST_UNANSWERED ? 0 : backoffMs(unanswered - MOST_UNANSWERED + 1, REST_MS, LONGEST_REST_MS);
}

/** @param open what has been asked about, and not been answered */
export function silenceAbout(open: Iterable<string>): string {
  return `the broker gave no answer within ${ANSWER_WITHIN_MS / 1000} seconds about ${[...open].join(', ')}`;
}

/** @param open holds what there is no answer about yet */
type Ask<T> = (open: Set<string>, givenUp: AbortSignal) => Promise<T>;

interface Silence {
  /** How many are open that nobody waits for any longer. */
  readonly count: number;
  readonly reason: string;
  readonly restUntil: number;
}

export class Questions {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What is being asked now, by question. */
  readonly #asking = new Map<string, Promise<unknown>>();
  /** What was asked and is still unanswered, by question. */
  readonly #silences = new Map<string, Silence>();

  constructor(connection: Connection, clock: Clock, logger: Logger) {
    this.#connection = connection;
    this.#clock = clock;
    this.#logger = logger;
  }

  async declare(declarations: Declarations): Promise<DeclareOutcome> {
    const ask: Ask<DeclareOutcome> = (open, givenUp) =>
      declare(this.#connection, declarations, this.#logger, givenUp, open);
    try {
      return await this.#shared(`declare ${JSON.stringify(declarations)}`, ask);
    } catch (err) {
      return { kind: 'unknown', reason: messageOf(err) };
    }
  }

  /** `undefined` where there is no such queue. Rejects with `UNAVAILABLE`. */
  info(queue: string): Promise<QueueInfo | undefined> {
    return this.#shared(`info ${queue}`, (open) => {
      open.add(`queue ${queue}`);
      return queueInfo(this.#connection, queue);
    });
  }

  /** Rejects with `UNAVAILABLE`. */
  deleteQueue(queue: string): Promise<void> {
    return this.#shared(`delete ${queue}`, (open) => {
      open.add(`queue ${queue}`);
      return deleteQueue(this.#connection, queue);
    });
  }

  /** Who asks the same meanwhile gets the same answer. Rejects with `UNAVAILABLE` where none comes in time. */
  #shared<T>(question: string, ask: Ask<T>): Promise<T> {
    const asking = this.#asking.get(question) as Promise<T> | undefined;
    if (asking) return asking;
    const asked = this.#answer(question, ask).finally(() => this.#asking.delete(question));
    this.#asking.set(question, asked);
    return asked;
  }

  async #answer<T>(question: string, ask: Ask<T>): Promise<T> {
    const before = this.#silences.get(question);
    if (before && this.#clock.now() < before.restUntil) throw new TaskqueueError('UNAVAILABLE', before.reason);
    const open = new Set<string>();
    const givenUp = new AbortController();
    const asked = ask(open, givenUp.signal);
    if (await within(this.#clock, ANSWER_WITHIN_MS, asked)) return asked;
    const reason = silenceAbout(open);
    givenUp.abort();
    this.#remember(question, reason, asked);
    throw new TaskqueueError('UNAVAILABLE', reason);
  }

  #remember(question: string, reason: string, asked: Promise<unknown>): void {
    const count = (this.#silences.get(question)?.count ?? 0) + 1;
    this.#silences.set(question, { count, reason, restUntil: this.#clock.now() + restMs(count) });
    const answered = (): void => this.#forget(question);
    void asked.then(answered, answered);
  }

  /** One of them has been answered after all: the next need not wait. */
  #forget(question: string): void {
    const silence = this.#silences.get(question);
    if (silence === undefined || silence.count === 1) this.#silences.delete(question);
    else this.#silences.set(question, { ...silence, count: silence.count - 1, restUntil: 0 });
  }
}
