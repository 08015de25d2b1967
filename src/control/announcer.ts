// Tells listeners what happens, while there are any; else it costs next to nothing. An event is handed over and forgotten:
// nothing here waits, throws, or holds up settling.
import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { EventSink } from '../events/event.ts';
import { type Interest, NO_LISTENERS, queuesFor, queuesOf, withInterest, withoutExpired } from './listeners.ts';
import { Outbox } from './outbox.ts';
import type { Answerer } from './replies.ts';

interface AnnouncerTools {
  readonly broker: Broker;
  readonly clock: Clock;
}

/** How late it may be noticed that somebody listens no more. */
const REVIEW_EVERY_MS = 10_000;

export class Announcer {
  readonly #tools: AnnouncerTools;
  readonly #announcer: Answerer;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #shared = { waiting: 0 };
  #listeners = NO_LISTENERS;
  #cancelReview: (() => void) | undefined;
  #isStopped = false;

  constructor(tools: AnnouncerTools, announcer: Answerer) {
    this.#tools = tools;
    this.#announcer = announcer;
  }

  readonly sink: EventSink = (event) => {
    if (this.#listeners.count === 0) return;
    for (const queue of queuesFor(this.#listeners, event)) this.#outboxFor(queue).put(event);
  };

  /** False where too many listen already, or nothing is told any more. */
  note(interest: Interest): boolean {
    if (this.#isStopped) return false;
    const listeners = withInterest(withoutExpired(this.#listeners, this.#tools.clock.now()), interest);
    if (!listeners) return false;
    this.#listeners = listeners;
    this.#cancelReview ??= this.#tools.clock.after(REVIEW_EVERY_MS, () => this.#review());
    return true;
  }

  /** What waits goes out while there is a broker; nothing more is taken. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelReview?.();
    this.#listeners = NO_LISTENERS;
    for (const outbox of this.#outboxes.values()) outbox.flush();
  }

  #review(): void {
    this.#listeners = withoutExpired(this.#listeners, this.#tools.clock.now());
    const queues = queuesOf(this.#listeners);
    for (const [queue, outbox] of this.#outboxes) {
      if (queues.has(queue)) continue;
      outbox.close();
      this.#outboxes.delete(queue);
    }
    const isAnybody = this.#listeners.count > 0;
    this.#cancelReview = isAnybody ? this.#tools.clock.after(REVIEW_EVERY_MS, () => this.#review()) : undefined;
  }

  #outboxFor(queue: string): Outbox {
    const known = this.#outboxes.get(queue);
    if (known) return known;
    const outbox = new Outbox({ ...this.#tools, announcer: this.#announcer, queue, shared: this.#shared });
    this.#outboxes.set(queue, outbox);
    return outbox;
  }
}
