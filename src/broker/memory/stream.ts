// A stream: keeps what is appended until it is full, and lets any number of readers read it, each at its own place.
import type { QueueInfo } from '../broker.ts';
import type { QueueDeclaration } from '../declarations.ts';
import type { Source, Taker } from './queue.ts';
import type { Stored } from './stored.ts';

/** Hand over at most this many in one go: others want to live, too. */
const AT_ONCE = 100;
/** What properties and headers add to a body, about. */
const OVERHEAD_BYTES = 100;

export class Stream implements Source {
  readonly isStream = true;
  /** Nothing leaves it but by being too old. */
  readonly deadLetterExchange = undefined;
  readonly lent = 0;
  readonly nextExpiry = Infinity;
  readonly #maxBytes: number;
  readonly #entries: Stored[] = [];
  #bytes = 0;
  /** The number that the next entry gets. */
  #end = 0;
  /** What each reads next. */
  readonly #places = new Map<Taker, number>();
  #isAwake = false;

  constructor(args: QueueDeclaration['arguments']) {
    this.#maxBytes = Number(args['x-max-length-bytes'] ?? Infinity);
  }

  get info(): QueueInfo {
    return { messages: this.#entries.length, consumers: this.#places.size };
  }

  /** The oldest entries give way. (A broker drops them by whole segments, and therefore keeps some more of them.) */
  put({ message, exchange, routingKey }: Pick<Stored, 'message' | 'exchange' | 'routingKey'>): boolean {
    const kept = { ...message, headers: plainOnly(message.headers) };
    const entry = { message: kept, exchange, routingKey, position: this.#end++ };
    this.#entries.push({ ...entry, expiresAt: Infinity, redelivered: false });
    this.#bytes += bytesOf(entry);
    while (this.#bytes > this.#maxBytes && this.#entries.length > 1) {
      this.#bytes -= bytesOf(this.#entries.shift() as Stored);
    }
    this.wake();
    return true;
  }

  settled(): void {
    this.wake();
  }

  giveBack(): void {
    // it has never left
  }

  add(taker: Taker): void {
    this.#places.set(taker, taker.readsFromFirst ? 0 : this.#end);
    this.wake();
  }

  remove(taker: Taker): void {
    this.#places.delete(taker);
  }

  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      for (const taker of [...this.#places.keys()]) this.#handOverTo(taker);
    });
  }

  delete(): void {
    this.#entries.length = 0;
    const takers = [...this.#places.keys()];
    this.#places.clear();
    for (const taker of takers) taker.cancelled();
  }

  #handOverTo(taker: Taker): void {
    for (let count = 0; taker.hasRoom; count++) {
      const entry = this.#nextFor(taker);
      if (!entry) return;
      if (count === AT_ONCE) return this.wake();
      this.#places.set(taker, entry.position + 1);
      taker.take({ ...entry }); // a loan of its own
    }
  }

  /** `undefined` where it has read all that there is, or reads no longer. */
  #nextFor(taker: Taker): Stored | undefined {
    const first = this.#end - this.#entries.length;
    const place = this.#places.get(taker);
    return place === undefined ? undefined : this.#entries[Math.max(place, first) - first];
  }
}

function bytesOf({ message }: Pick<Stored, 'message'>): number {
  return message.body.length + OVERHEAD_BYTES;
}

/** RabbitMQ 3.10 drops tables and lists from the headers of an entry. */
function plainOnly(headers: Stored['message']['headers']): Stored['message']['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value !== 'object'));
}
