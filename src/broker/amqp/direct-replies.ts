// Answers by RabbitMQ's direct reply-to. Such an address is whatever a sender has written into `reply_to`, and the broker
// takes it apart before it knows whether it is one: many that are none, and on 3.10 those of a node that is away, end the
// whole connection (541). That must be none that carries work: these go over a connection of their own, made when it is needed.
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Patience } from '../../core/patience.ts';
import { printable } from '../../core/text.ts';
import type { Outgoing, PublishOutcome } from '../broker.ts';
import { isReplyAddress } from '../topology.ts';
import { apartFrom } from './apart.ts';
import type { Connection } from './connection.ts';
import { Publisher } from './publisher.ts';

const INTERNAL_ERROR = 541;

export function isDirectReply({ exchange, routingKey }: Pick<Outgoing, 'exchange' | 'routingKey'>): boolean {
  return exchange === '' && isReplyAddress(routingKey);
}

interface Way {
  readonly connection: Connection;
  readonly publisher: Publisher;
}

/** Why the broker takes nothing on this connection now; `null`: it does. */
export type OnBlocked = (connection: Connection, reason: string | null) => void;

export class DirectReplies {
  readonly #beside: Connection;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #way: Promise<Way> | null = null;
  /** The end of the row of those that go one after another. */
  #suspects: Promise<unknown> = Promise.resolve();
  readonly #open = new Set<Promise<PublishOutcome>>();
  readonly #ways = new Set<Way>();
  readonly #onBlocked: OnBlocked;
  /** Why nothing is sent any more; `null` while it is. */
  #abandoned: string | null = null;
  #isAbsenceTold = false;

  /** @param beside lasts for as long as this one */
  constructor(beside: Connection, clock: Clock, logger: Logger, onBlocked: OnBlocked) {
    this.#beside = beside;
    this.#clock = clock;
    this.#logger = logger;
    this.#onBlocked = onBlocked;
  }

  publish(outgoing: Outgoing, patience: Patience | undefined): Promise<PublishOutcome> {
    const outcome = this.#publish(outgoing, patience);
    this.#open.add(outcome);
    void outcome.then(() => this.#open.delete(outcome));
    return outcome;
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** What still waits is not sent any more, also where its connection is only being made. */
  abandon(reason: string): void {
    this.#abandoned = reason;
    for (const { publisher } of this.#ways) publisher.abandon(reason);
  }

  /** Resolves when all that has been opened is over. */
  async close(): Promise<void> {
    this.abandon('the connection to the broker has ended');
    await Promise.all([...this.#ways].map(({ connection }) => connection.close()));
  }

  /** Never rejects. */
  async #publish(outgoing: Outgoing, patience: Patience | undefined): Promise<PublishOutcome> {
    try {
      const way = await this.#shared();
      const outcome = await this.#over(way, outgoing, patience);
      if (!isVictim(outcome, way)) return outcome;
      const alone = this.#suspects.then(() => this.#alone(outgoing, patience));
      this.#suspects = alone.catch(() => undefined); // told below
      return await alone;
    } catch (err) {
      return { kind: 'unknown', reason: `no connection for direct replies: ${messageOf(err)}` };
    }
  }

  #over({ publisher }: Way, outgoing: Outgoing, patience: Patience | undefined): Promise<PublishOutcome> {
    if (this.#abandoned !== null) return Promise.resolve({ kind: 'unknown', reason: this.#abandoned });
    return publisher.publish(outgoing, patience);
  }

  #shared(): Promise<Way> {
    this.#way ??= this.#opened();
    return this.#way;
  }

  /** For all who come, until it ends. */
  #opened(): Promise<Way> {
    const forget = (): void => {
      this.#way = null;
    };
    return new Promise((resolve, reject) => {
      const lasting = apartFrom(this.#beside, 'direct replies', async (connection) => {
        this.#isAbsenceTold = false;
        resolve(this.#wayOver(connection));
        await connection.ended;
      });
      void lasting.then(forget, (err: unknown) => {
        forget();
        this.#tellAbsence(messageOf(err));
        reject(err);
      });
    });
  }

  /** Once for as long as it lasts: whoever publishes tries again and again. */
  #tellAbsence(reason: string): void {
    if (this.#isAbsenceTold || this.#abandoned !== null || this.#beside.over.aborted) return;
    this.#isAbsenceTold = true;
    this.#logger.warn({ reason }, 'no connection for direct replies: they wait, and are set aside after a while');
  }

  /** One that ends its connection, alone on it, has no reader. Those that were beside it may come twice. */
  #alone(outgoing: Outgoing, patience: Patience | undefined): Promise<PublishOutcome> {
    return apartFrom(this.#beside, 'a direct reply', async (connection) => {
      const way = this.#wayOver(connection);
      const outcome = await this.#over(way, outgoing, patience);
      if (!isVictim(outcome, way)) return outcome;
      return { kind: 'returned', reason: `the broker knows no reply address "${printable(outgoing.routingKey)}"` };
    });
  }

  #wayOver(connection: Connection): Way {
    const publisher = new Publisher(connection, this.#clock, this.#logger);
    const setBlocked = (reason: string | null): void => {
      publisher.setBlocked(reason !== null);
      this.#onBlocked(connection, reason);
    };
    connection.model.on('blocked', setBlocked);
    connection.model.on('unblocked', () => setBlocked(null));
    const way = { connection, publisher };
    this.#ways.add(way);
    void connection.ended.then(() => {
      this.#ways.delete(way);
      this.#onBlocked(connection, null);
    });
    return way;
  }
}

function isVictim({ kind }: PublishOutcome, { connection }: Way): boolean {
  return kind === 'unknown' && connection.endCode === INTERNAL_ERROR;
}
