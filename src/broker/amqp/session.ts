// All that we have of one host while we are connected to it: a connection that publishes and one that consumes, because
// a broker short of memory or disk stops reading from connections that publish, acknowledgements included. When either
// is lost, the session is over; it is thrown away whole, and another one made.
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Patience } from '../../core/patience.ts';
import type { Outgoing, PublishOutcome } from '../broker.ts';
import { type AmqpLogin, type Connection, type Host, openConnection } from './connection.ts';
import { DirectReplies, isDirectReply } from './direct-replies.ts';
import { Publisher } from './publisher.ts';
import { Questions } from './questions.ts';

interface SessionOptions {
  readonly login: AmqpLogin;
  /** How the broker lists us. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Session {
  readonly host: string;
  readonly consuming: Connection;
  readonly questions: Questions;
  /** Resolves when one of the two connections is over, with the reason. */
  readonly ended: Promise<string>;
  /** Why the broker takes no messages now, or `null`. */
  onBlocked: (reason: string | null) => void = () => undefined;
  readonly #publishing: Connection;
  readonly #publisher: Publisher;
  readonly #replies: DirectReplies;
  /** Connections that the broker takes nothing on now, with its reason. */
  readonly #blocked = new Map<Connection, string>();

  static async open(host: Host, options: SessionOptions, signal: AbortSignal): Promise<Session> {
    const { login, name, clock } = options;
    const publishing = await openConnection(host, login, `${name} (publishing)`, clock, signal);
    try {
      const consuming = await openConnection(host, login, `${name} (consuming)`, clock, signal);
      return new Session(hostPort(host), publishing, consuming, clock, options.logger);
    } catch (err) {
      await publishing.close();
      throw err;
    }
  }

  constructor(host: string, publishing: Connection, consuming: Connection, clock: Clock, logger: Logger) {
    this.host = host;
    this.#publishing = publishing;
    this.consuming = consuming;
    this.questions = new Questions(consuming, clock, logger);
    this.#publisher = new Publisher(publishing, clock, logger);
    const onBlocked = this.#setBlocked.bind(this);
    this.#replies = new DirectReplies(publishing, clock, logger, onBlocked);
    this.ended = Promise.race([publishing.ended, consuming.ended]);
    publishing.model.on('blocked', (reason: string) => this.#setBlocked(publishing, reason));
    publishing.model.on('unblocked', () => this.#setBlocked(publishing, null));
  }

  get isOpen(): boolean {
    return this.#publishing.isOpen && this.consuming.isOpen;
  }

  publish(outgoing: Outgoing, patience: Patience | undefined): Promise<PublishOutcome> {
    const way = isDirectReply(outgoing) ? this.#replies : this.#publisher;
    return way.publish(outgoing, patience);
  }

  /** Resolves when nothing waits to be published, or is on its way. */
  async idle(): Promise<void> {
    await Promise.all([this.#publisher.idle(), this.#replies.idle()]);
  }

  /** What still waits is not sent any more. */
  abandon(reason: string): void {
    this.#publisher.abandon(reason);
    this.#replies.abandon(reason);
  }

  async close(): Promise<void> {
    await Promise.all([this.#publishing.close(), this.consuming.close(), this.#replies.close()]);
  }

  /** The alarm is the whole broker's; it tells those connections that have tried to publish meanwhile. */
  #setBlocked(connection: Connection, reason: string | null): void {
    const [before] = this.#blocked.values();
    if (reason === null) this.#blocked.delete(connection);
    else this.#blocked.set(connection, reason);
    const [now] = this.#blocked.values();
    if (connection === this.#publishing) this.#publisher.setBlocked(reason !== null);
    if (now !== before) this.onBlocked(now ?? null);
  }
}

export function hostPort({ host, port }: Host): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
