// The embedded server: exchanges, queues and messages of one process, for the demo and for tests. It does what the
// product relies on in RabbitMQ, and no more. Brokers (`broker.ts`) are its clients.
import type { Clock } from '../../core/clock.ts';
import type { DeclareOutcome, Outgoing, PublishOutcome, QueueInfo } from '../broker.ts';
import type { Binding, Declarations, QueueDeclaration } from '../declarations.ts';
import { unwritableReason } from '../writable.ts';
import { Exchanges } from './exchanges.ts';
import { Queue, type Source } from './queue.ts';
import { copyOfMessage, deadLettered, type Stored } from './stored.ts';
import { Stream } from './stream.ts';

export function createMemoryServer({ clock }: { readonly clock: Clock }): MemoryServer {
  return new MemoryServer(clock);
}

export class MemoryServer {
  readonly #clock: Clock;
  readonly #exchanges = new Exchanges();
  readonly #queues = new Map<string, Source>();
  readonly #listeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As another program would: its messages are gone, its consumers are cancelled and will set it up again. */
  deleteQueue(name: string): void {
    const queue = this.#queues.get(name);
    this.#queues.delete(name);
    this.#exchanges.unbindQueue(name);
    queue?.delete();
  }

  queueInfo(name: string): QueueInfo | undefined {
    return this.#queues.get(name)?.info;
  }

  /** How many messages are in each queue, those with consumers included. */
  census(): ReadonlyMap<string, number> {
    return new Map([...this.#queues].map(([name, queue]) => [name, queue.info.messages + queue.lent]));
  }

  /** When a message leaves one of these queues because its time there is over (ms since 1970); `Infinity`: none will. */
  nextExpiry(isMeant: (queue: string) => boolean): number {
    const meant = [...this.#queues].filter(([name]) => isMeant(name));
    return Math.min(Infinity, ...meant.map(([, { nextExpiry }]) => nextExpiry));
  }

  /** Ends all timers: what waits in queues waits forever. */
  stop(): void {
    for (const name of [...this.#queues.keys()]) this.deleteQueue(name);
  }

  /** For brokers. */
  queue(name: string): Source | undefined {
    return this.#queues.get(name);
  }

  /** For brokers: calls `listener` whenever there is a new queue or exchange. */
  onDeclared(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  declare({ exchanges, queues, bindings }: Declarations): DeclareOutcome {
    const isNew = [...exchanges.map((one) => this.#exchanges.add(one)), ...queues.map((one) => this.#addQueue(one))];
    const missing = bindings.map((binding) => this.#bind(binding)).find((reason) => reason !== undefined);
    if (isNew.includes(true)) for (const listener of [...this.#listeners]) listener();
    return missing === undefined ? { kind: 'declared' } : { kind: 'refused', reason: missing };
  }

  /** What is missing for this binding; `undefined` where it is there now. */
  #bind(binding: Binding): string | undefined {
    const { source, destination } = binding;
    if (!this.#exchanges.has(source)) return `no exchange '${source}'`;
    if ('queue' in destination && !this.#queues.has(destination.queue)) return `no queue '${destination.queue}'`;
    if ('exchange' in destination && !this.#exchanges.has(destination.exchange)) {
      return `no exchange '${destination.exchange}'`;
    }
    this.#exchanges.bind(binding);
    return undefined;
  }

  /** Whether it is new: one that exists stays as it is. */
  #addQueue({ queue: name, arguments: args }: QueueDeclaration): boolean {
    if (this.#queues.has(name)) return false;
    const queue: Source =
      args['x-queue-type'] === 'stream'
        ? new Stream(args)
        : new Queue(args, this.#clock, (stored) => this.#deadLetter(name, queue, stored));
    this.#queues.set(name, queue);
    return true;
  }

  publish(outgoing: Outgoing): PublishOutcome {
    const reason = unwritableReason(outgoing);
    if (reason !== undefined) return { kind: 'unwritable', reason };
    const { exchange, routingKey, mandatory } = outgoing;
    if (!this.#exchanges.has(exchange)) return { kind: 'refused', reason: `no exchange '${exchange}'` };
    const queues = this.#reached(exchange, routingKey);
    if (queues.length === 0 && mandatory) return { kind: 'returned', reason: `no queue takes '${routingKey}'` };
    const message = copyOfMessage(outgoing);
    const refusing = queues.filter((queue) => !queue.put({ message, exchange, routingKey }));
    return refusing.length === 0
      ? { kind: 'confirmed' }
      : { kind: 'refused', reason: `the queue is full: '${routingKey}'` };
  }

  #reached(exchange: string, routingKey: string): Source[] {
    const names = [...this.#exchanges.queuesFor(exchange, routingKey)];
    return names.map((name) => this.#queues.get(name)).filter((queue) => queue !== undefined);
  }

  #deadLetter(name: string, queue: Source, stored: Stored): void {
    const exchange = queue.deadLetterExchange;
    const message = exchange === undefined ? undefined : deadLettered(stored, name);
    if (exchange === undefined || message === undefined) return;
    const { routingKey } = stored;
    for (const next of this.#reached(exchange, routingKey)) next.put({ message, exchange, routingKey });
  }
}
