// One queue: keeps messages in order, lends them to its consumers in turn, and lets go of those whose time is over.
import type { Clock } from '../../core/clock.ts';
import type { QueueInfo } from '../broker.ts';
import type { QueueDeclaration } from '../declarations.ts';
import type { Stored } from './stored.ts';

/** What the server and its consumers know of a queue, of whatever type. */
export interface Source {
  readonly info: QueueInfo;
  readonly isStream: boolean;
  readonly deadLetterExchange: string | undefined;
  /** With consumers, and not settled. */
  readonly lent: number;
  /** When the time of the oldest message is over (ms since 1970); `Infinity`: never. */
  readonly nextExpiry: number;
  /** One that was lent is settled, or its consumer is gone. */
  settled(): void;
  /** False where it is full and refuses. */
  put(message: Pick<Stored, 'message' | 'exchange' | 'routingKey'>): boolean;
  /** What was lent is not settled. */
  giveBack(stored: Stored): void;
  add(taker: Taker): void;
  remove(taker: Taker): void;
  /** Something has changed: see what can be lent, but not before whoever changed it is done. */
  wake(): void;
  /** Without its messages; what is lent is lost when it comes back. */
  delete(): void;
}

/** Who consumes from a queue. */
export interface Taker {
  readonly readsFromFirst: boolean;
  /** Whether its prefetch allows another one. */
  readonly hasRoom: boolean;
  take(stored: Stored): void;
  /** The queue has been deleted. */
  cancelled(): void;
}

/** Hand over at most this many in one go: others want to live, too. */
const AT_ONCE = 100;

export class Queue implements Source {
  readonly isStream = false;
  readonly #arguments: QueueDeclaration['arguments'];
  readonly #clock: Clock;
  readonly #onExpired: (stored: Stored) => void;
  readonly #ready: Stored[] = [];
  #takers: Taker[] = [];
  #positions = 0;
  #lent = 0;
  #isAwake = false;
  #isDeleted = false;
  #timer: { readonly at: number; cancel(): void } | undefined;

  constructor(args: QueueDeclaration['arguments'], clock: Clock, onExpired: (stored: Stored) => void) {
    this.#arguments = args;
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  get info(): QueueInfo {
    return { messages: this.#ready.length, consumers: this.#takers.length };
  }

  get lent(): number {
    return this.#lent;
  }

  get nextExpiry(): number {
    return this.#ready[0]?.expiresAt ?? Infinity;
  }

  get deadLetterExchange(): string | undefined {
    const exchange = this.#arguments['x-dead-letter-exchange'];
    return exchange === undefined ? undefined : String(exchange);
  }

  put(message: Pick<Stored, 'message' | 'exchange' | 'routingKey'>): boolean {
    const isFull = this.#ready.length >= Number(this.#arguments['x-max-length'] ?? Infinity);
    if (isFull && this.#arguments['x-overflow'] === 'reject-publish') return false;
    if (isFull) this.#ready.shift();
    const ttlMs = Math.min(
      Number(this.#arguments['x-message-ttl'] ?? Infinity),
      Number(message.message.properties.expiration ?? Infinity),
    );
    const expiresAt = this.#clock.now() + ttlMs;
    this.#ready.push({ ...message, position: this.#positions++, expiresAt, redelivered: false });
    this.wake();
    return true;
  }

  settled(): void {
    this.#lent--;
    this.wake();
  }

  /** What was lent returns to its place. */
  giveBack(stored: Stored): void {
    if (this.#isDeleted) return;
    const before = this.#ready.findIndex(({ position }) => position > stored.position);
    this.#ready.splice(before < 0 ? this.#ready.length : before, 0, { ...stored, redelivered: true });
    this.wake();
  }

  add(taker: Taker): void {
    this.#takers.push(taker);
    this.wake();
  }

  remove(taker: Taker): void {
    this.#takers = this.#takers.filter((other) => other !== taker);
  }

  wake(): void {
    this.#watchExpiry();
    if (this.#isAwake || this.#isDeleted) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      this.#handOver();
    });
  }

  delete(): void {
    this.#isDeleted = true;
    this.#ready.length = 0;
    this.#timer?.cancel();
    for (const taker of this.#takers.splice(0)) taker.cancelled();
  }

  #handOver(): void {
    for (let count = 0; count < AT_ONCE; count++) {
      const taker = this.#takers.find(({ hasRoom }) => hasRoom);
      const stored = taker && this.#ready.shift();
      if (!stored) return this.#watchExpiry();
      this.#takers = [...this.#takers.filter((other) => other !== taker), taker]; // it is the others' turn now
      this.#lent++;
      taker.take(stored);
    }
    this.wake();
  }

  #watchExpiry(): void {
    const at = this.#ready[0]?.expiresAt ?? Infinity;
    if (at === (this.#timer?.at ?? Infinity)) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === Infinity) return;
    this.#timer = { at, cancel: this.#clock.after(at - this.#clock.now(), () => this.#expire()) };
  }

  /** Only at the head: what expires behind a longer-lived one has to wait for it, as in RabbitMQ. */
  #expire(): void {
    this.#timer = undefined;
    for (let head = this.#ready[0]; head && head.expiresAt <= this.#clock.now(); head = this.#ready[0]) {
      this.#ready.shift();
      this.#onExpired(head);
    }
    this.#watchExpiry();
  }
}
