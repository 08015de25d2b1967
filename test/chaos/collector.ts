// Reads everything that comes out: results, replies and what is parked. It books a message before it acknowledges it.
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { within } from '../support/until.ts';
import type { LedgerEvent, Outcome } from './ledger.ts';
import { keepChannel } from './steady-channel.ts';

export const DEAD = 'taskqueue.dead';

export class Collector {
  readonly #queues: readonly string[];
  readonly #book: (event: LedgerEvent) => void;
  readonly #waiting = new Set<(outcome: Outcome) => void>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(urls: readonly string[], queues: readonly string[], book: (event: LedgerEvent) => void) {
    this.#queues = queues;
    this.#book = book;
    const options = { urls, onOpen: (channel: ConfirmChannel) => this.#consume(channel), onLost: () => undefined };
    this.#running = keepChannel(options, this.#stopping.signal);
  }

  /** The next outcome that is as wanted. */
  next(isWanted: (outcome: Outcome) => boolean, deadlineMs: number): Promise<Outcome> {
    let look: (outcome: Outcome) => void = () => undefined;
    const found = new Promise<Outcome>((resolve) => {
      look = (outcome) => {
        if (isWanted(outcome)) resolve(outcome);
      };
      this.#waiting.add(look);
    });
    return within(found, deadlineMs, () => 'no such outcome').finally(() => this.#waiting.delete(look));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #consume(channel: ConfirmChannel): Promise<void> {
    await channel.prefetch(100);
    for (const queue of this.#queues) {
      await channel.consume(queue, (message) => {
        if (message === null) return void channel.close().catch(() => undefined); // the broker has cancelled it: another one
        this.#take(outcomeIn(message, queue));
        channel.ack(message);
      });
    }
  }

  #take(outcome: Outcome): void {
    this.#book(outcome);
    for (const look of [...this.#waiting]) look(outcome);
  }
}

function outcomeIn({ properties, content, fields }: ConsumeMessage, queue: string): Outcome {
  const headers = properties.headers ?? {};
  const isDead = queue === DEAD && headers['tq-kind'] !== 'result';
  const about = ['tq-run', 'tq-attempt', 'tq-instance', 'tq-started', 'tq-finished', 'tq-when', 'tq-reason'];
  return {
    kind: 'outcome',
    id: String(isDead ? properties.messageId : (headers['tq-id'] ?? properties.correlationId)),
    where: isDead ? 'dead' : 'result',
    said: String(isDead ? headers['tq-reason'] : queue === DEAD ? 'undeliverable' : headers['tq-status']),
    isReported: headers['tq-reported'] === true,
    mark: [queue, ...about.map((name) => headers[name])].join(' '),
    isRedelivered: fields.redelivered,
    host: isDead ? null : hostIn(content),
    startedAt: Number(headers['tq-started'] ?? 0),
  };
}

function hostIn(content: Buffer): string | null {
  return /"host":"([^"]+)"/.exec(content.toString('utf8'))?.[1] ?? null;
}
