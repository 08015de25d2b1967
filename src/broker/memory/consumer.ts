// A consumer of the embedded server, and what it has on loan.
import type { ConsumeOptions, Consumer, Delivery } from '../broker.ts';
import type { Source, Taker } from './queue.ts';
import type { MemoryServer } from './server.ts';
import { copyOfMessage, type Stored } from './stored.ts';

/** All that one connection has on loan. When it ends, everything returns. */
export class Loans {
  readonly #open = new Map<Stored, Source>();
  #areLost = false;

  get areLost(): boolean {
    return this.#areLost;
  }

  has(stored: Stored): boolean {
    return this.#open.has(stored);
  }

  add(stored: Stored, queue: Source): void {
    this.#open.set(stored, queue);
  }

  /** False where it was not on loan any more. */
  settle(stored: Stored): boolean {
    return this.#open.delete(stored);
  }

  loseAll(): void {
    this.#areLost = true;
    const open = [...this.#open];
    this.#open.clear();
    for (const [stored, queue] of open) {
      queue.settled();
      queue.giveBack(stored);
    }
  }
}

export class MemoryConsumer implements Consumer, Taker {
  readonly #server: MemoryServer;
  readonly #options: ConsumeOptions;
  readonly #onStopped: () => void;
  #prefetch: number;
  #open = 0;
  /** Each gives back what is on loan by one delivery, where that is not settled. */
  readonly #lent = new Set<() => boolean>();
  #isStopped = false;
  #problem: string | null = null;
  /** Where it is registered, over which connection. */
  #at: { readonly queue: Source; readonly loans: Loans } | undefined;

  constructor(server: MemoryServer, options: ConsumeOptions, onStopped: () => void) {
    this.#server = server;
    this.#options = options;
    this.#onStopped = onStopped;
    this.#prefetch = options.prefetch;
  }

  get isConsuming(): boolean {
    return this.#at !== undefined;
  }

  get problem(): string | null {
    return this.#problem;
  }

  get readsFromFirst(): boolean {
    return this.#options.from === 'first';
  }

  get hasRoom(): boolean {
    return this.#open < this.#prefetch;
  }

  setPrefetch(prefetch: number): void {
    this.#prefetch = prefetch;
    this.#at?.queue.wake();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.leave();
    this.#onStopped();
  }

  async release(): Promise<void> {
    await this.stop();
    for (const giveBack of [...this.#lent]) giveBack();
  }

  /** Declares, and registers where the queue is there; else a later call will do it. */
  setUp(loans: Loans): void {
    if (this.#at || this.#isStopped || loans.areLost) return;
    this.#server.declare(this.#options.declarations);
    const queue = this.#server.queue(this.#options.queue);
    if (!queue || this.#at) return; // declaring may have set it up
    this.#problem = this.readsFromFirst && !queue.isStream ? `queue '${this.#options.queue}' is no stream` : null;
    if (this.#problem !== null) return;
    this.#open = 0;
    this.#lent.clear(); // what it had went with the connection, or with the queue
    this.#at = { queue, loans };
    if (this.readsFromFirst) this.#options.onBegin?.();
    queue.add(this);
  }

  /** What it has stays on loan. */
  leave(): void {
    this.#at?.queue.remove(this);
    this.#at = undefined;
  }

  cancelled(): void {
    const loans = this.#at?.loans;
    this.#at = undefined;
    if (loans) setImmediate(() => this.setUp(loans));
  }

  take(stored: Stored): void {
    const at = this.#at;
    if (!at) return;
    at.loans.add(stored, at.queue);
    this.#open++;
    this.#options.onDelivery(this.#delivery(stored, at.queue, at.loans));
  }

  #delivery(stored: Stored, queue: Source, loans: Loans): Delivery {
    const settle = (): boolean => {
      this.#lent.delete(requeue);
      if (!loans.settle(stored)) return false;
      if (this.#at?.queue === queue) this.#open--;
      queue.settled();
      return true;
    };
    const requeue = (): boolean => {
      const wasOpen = settle();
      if (wasOpen) queue.giveBack(stored);
      return wasOpen;
    };
    this.#lent.add(requeue);
    return {
      queue: this.#options.queue,
      exchange: stored.exchange,
      routingKey: stored.routingKey,
      offset: queue.isStream ? stored.position : null,
      message: copyOfMessage(stored.message),
      redelivered: stored.redelivered,
      get isOpen() {
        return loans.has(stored);
      },
      ack: settle,
      requeue,
    };
  }
}
