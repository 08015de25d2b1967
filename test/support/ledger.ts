// Counts what becomes of messages: every place where one can end is emptied into one book, by correlation id, which
// travels with a workitem, its result and its parked copy alike.
import type { ConsumeMessage } from 'amqplib';
import type { TestClient } from './amqp-client.ts';
import { until } from './until.ts';

export interface Entry {
  readonly queue: string;
  readonly message: ConsumeMessage;
}

export class Ledger {
  readonly #entries = new Map<string, Entry[]>();

  /** Everything that comes into these queues from now on is entered. */
  async follow(client: TestClient, ...queues: readonly string[]): Promise<void> {
    const channel = await client.connection.createChannel();
    for (const queue of queues) {
      await channel.consume(queue, (message) => {
        if (message === null) throw new Error(`${queue} has been deleted`);
        this.#enter({ queue, message });
        channel.ack(message);
      });
    }
  }

  of(key: string): readonly Entry[] {
    return this.#entries.get(key) ?? [];
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The outcomes of one, such as `taskqueue.dead: unreadable`, in the order of their names. */
  outcomes(key: string): readonly string[] {
    return this.of(key).map(outcomeOf).sort();
  }

  /** Resolves when each of these has as many entries as `count` says. */
  async have(keys: readonly string[], count: (key: string) => number, deadlineMs = 30_000): Promise<void> {
    let missing = keys;
    const complete = (): boolean => {
      missing = missing.filter((key) => this.of(key).length < count(key));
      return missing.length === 0;
    };
    await until(complete, 'outcomes', deadlineMs).catch((cause: unknown) => {
      throw new Error(`${missing.length} of ${keys.length} have no outcome: ${missing.slice(0, 20).join(', ')}`, {
        cause,
      });
    });
  }

  #enter(entry: Entry): void {
    const key = String(entry.message.properties.correlationId);
    this.#entries.set(key, [...this.of(key), entry]);
  }
}

/** A result says how it ended, what is kept says why; so does the result of what is parked, but that is not its outcome. */
function outcomeOf({ queue, message }: Entry): string {
  const { 'tq-reason': reason, 'tq-status': status } = message.properties.headers ?? {};
  const said = queue.startsWith('taskqueue.') ? (reason ?? status) : status;
  return `${queue}: ${said ?? 'as it was sent'}`;
}
