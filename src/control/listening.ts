// One lasting interest in events: asked for again and again, so that daemons that start later hear of it too, and those
// that are asked no more forget it.
import type { Clock } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { TaskqueueEvent } from '../events/event.ts';
import type { Answer } from './answer.ts';
import type { EventBatch } from './news.ts';

export interface Listening {
  /**
   * Resolves once the daemons that run have had a moment to note it, with what they said: of what happens from then on
   * nothing is missed. Rejects where nobody could be asked; it is tried again all the same.
   */
  readonly ready: Promise<readonly Listener[]>;
  /** Why nobody could be asked the last time; `null` while all is well. */
  readonly problem: string | null;
  stop(): void;
}

type Listener = Extract<Answer, { kind: 'listening' }>;

interface SubscriptionOptions {
  readonly replyTo: string | null;
  readonly onEvents: (batch: EventBatch) => void;
  readonly ask: (forMs: number, patience: { readonly forMs: number }) => Promise<readonly Listener[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RENEW_EVERY_MS = 10_000;
/** So that two renewals in a row may get lost. */
const LEASE_MS = 30_000;
/** Time for daemons to answer; the slowest of them is on the other side of the world. */
const ANSWERS_WITHIN_MS = 250;

export class Subscription implements Listening {
  problem: string | null = null;
  readonly #options: SubscriptionOptions;
  readonly #onStopped: () => void;
  readonly #ready = deferred<readonly Listener[]>();
  #cancelNext: () => void = () => undefined;
  #isAsking = false;
  #isStopped = false;

  constructor(options: SubscriptionOptions, onStopped: () => void) {
    this.#options = options;
    this.#onStopped = onStopped;
    this.ready.catch(() => undefined); // whoever does not wait for it finds the problem in `problem`, and in the log
  }

  get ready(): Promise<readonly Listener[]> {
    return this.#ready.promise;
  }

  /** Asks now, and every ten seconds from now on. */
  renew(): void {
    if (this.#isStopped || this.#isAsking) return;
    this.#cancelNext();
    this.#isAsking = true;
    void this.#ask().then(() => {
      this.#isAsking = false;
      if (!this.#isStopped) this.#cancelNext = this.#options.clock.after(RENEW_EVERY_MS, () => this.renew());
    });
  }

  take(batch: EventBatch): void {
    const events = batch.events.filter((event) => isFor(event, this.#options.replyTo));
    if (events.length === 0 && batch.dropped === 0) return;
    try {
      this.#options.onEvents({ ...batch, events });
    } catch (err) {
      this.#options.logger.error({ err }, 'whoever listens to events does not cope with them');
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelNext();
    this.#ready.resolve([]);
    this.#onStopped();
  }

  async #ask(): Promise<void> {
    const { ask, logger } = this.#options;
    try {
      const listeners = await ask(LEASE_MS, { forMs: ANSWERS_WITHIN_MS });
      this.problem = null;
      this.#ready.resolve(listeners);
    } catch (err) {
      const problem = messageOf(err);
      if (problem !== this.problem && !this.#isStopped) logger.warn({ reason: problem }, 'no events for now');
      this.problem = problem;
      this.#ready.reject(err);
    }
  }
}

function isFor(event: TaskqueueEvent, replyTo: string | null): boolean {
  return replyTo === null || ('replyTo' in event && event.replyTo === replyTo);
}
