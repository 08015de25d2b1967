// The queue for the results of one client: durable, under the same name for as long as the client lives, so that what is
// finished while the connection is down waits there. A result is acknowledged when its task has it.
import type { Broker, Consumer } from '../broker/broker.ts';
import { refusalCode } from '../broker/denied.ts';
import { type QueueType, replyDeclarations, replyQueue } from '../broker/topology.ts';
import { backoffMs } from '../core/backoff.ts';
import { type Clock, pause } from '../core/clock.ts';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Message } from '../workitem/message.ts';

interface InboxOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** No other client has the same. */
  readonly name: string;
  readonly queueType: QueueType;
  onResult(message: Message): void;
}

const PREFETCH = 200;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export class Inbox {
  readonly queue: string;
  readonly #options: InboxOptions;
  readonly #closing = new AbortController();
  #opening: Promise<void> | null = null;
  #consumer: Consumer | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.queue = replyQueue(options.name);
  }

  /** Resolves once results have a place to go; tries until then. Rejects where the broker refuses the queue. */
  async open(): Promise<void> {
    if (this.#consumer !== null) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** @param isWanted whether results may still come: the queue then waits for them, and expires */
  async close(isWanted: boolean): Promise<void> {
    this.#closing.abort();
    if (this.#consumer === null) return;
    await this.#consumer.stop();
    if (isWanted) return;
    const { broker, logger } = this.#options;
    await broker.deleteQueue(this.queue).catch((err: unknown) => {
      logger.debug({ queue: this.queue, reason: messageOf(err) }, 'the queue for results is left to expire');
    });
  }

  async #open(): Promise<void> {
    const { broker, clock, name, queueType } = this.#options;
    const declarations = replyDeclarations(name, queueType);
    for (let attempt = 1; !this.#closing.signal.aborted; attempt++) {
      const outcome = await broker.declare(declarations);
      if (outcome.kind === 'refused') throw this.#refusal(outcome.reason);
      if (outcome.kind === 'declared') return this.#consume();
      await pause(clock, backoffMs(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), this.#closing.signal);
    }
  }

  #consume(): void {
    if (this.#closing.signal.aborted) return;
    const { broker, name, queueType, logger, onResult } = this.#options;
    this.#consumer = broker.consume({
      queue: this.queue,
      declarations: replyDeclarations(name, queueType),
      prefetch: PREFETCH,
      onDelivery(delivery) {
        try {
          onResult(delivery.message);
        } catch (err) {
          logger.error({ err, queue: delivery.queue }, 'a result could not be taken'); // a mistake of ours
        }
        delivery.ack();
      },
    });
  }

  #refusal(reason: string): TaskqueueError {
    const code = refusalCode(reason);
    const advice = 'it takes the permissions to configure and read it; with replyTo: null none is needed';
    return new TaskqueueError(code, `there is no queue ${this.queue} for the results: ${advice} (${reason})`);
  }
}
