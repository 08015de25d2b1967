// Events on their way to one listener: in batches, a few at a time in flight, and a bounded number that waits. What is too
// much is dropped and counted; the next batch says how many there were.
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import { encodedBatch, newsTo } from './encoded.ts';
import { EVENTS } from './news.ts';
import type { Answerer } from './replies.ts';

interface OutboxOptions {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly announcer: Answerer;
  readonly queue: string;
  /** What waits for all listeners together. */
  readonly shared: { waiting: number };
}

const BATCH = 100;
const BATCH_AFTER_MS = 50;
/** Batches that the broker has not confirmed. */
const MOST_IN_FLIGHT = 2;
/** Events that wait: for one listener, and for all of them. */
const MOST_WAITING = 2_000;
const MOST_SHARED = 20_000;

export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: TaskqueueEvent[] = [];
  #dropped = 0;
  #inFlight = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  put(event: TaskqueueEvent): void {
    const { shared, clock } = this.#options;
    if (this.#waiting.length >= MOST_WAITING || shared.waiting >= MOST_SHARED) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(event);
    shared.waiting++;
    if (this.#waiting.length >= BATCH) this.flush();
    else this.#cancelTimer ??= clock.after(BATCH_AFTER_MS, () => this.flush());
  }

  /** What waits goes out, as far as the broker takes it; the rest follows by itself. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#inFlight < MOST_IN_FLIGHT && this.#waiting.length > 0) this.#send();
  }

  /** Nobody wants to have what waits. */
  close(): void {
    this.#cancelTimer?.();
    this.#options.shared.waiting -= this.#waiting.length;
    this.#waiting = [];
  }

  #send(): void {
    const { broker, announcer, queue, shared } = this.#options;
    const events = this.#waiting.splice(0, BATCH);
    const dropped = this.#dropped;
    shared.waiting -= events.length;
    this.#dropped = 0;
    this.#inFlight++;
    const news = newsTo(queue, EVENTS, encodedBatch({ ...announcer, events, dropped }));
    void broker.publish(news).then(({ kind }) => {
      this.#inFlight--;
      if (kind !== 'confirmed') this.#dropped += dropped + events.length;
      this.flush();
    });
  }
}
