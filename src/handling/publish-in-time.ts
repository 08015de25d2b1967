// Publishing to queues that may be dead: a quorum queue without its majority takes messages and never confirms them. Such a
// publish is given up after a while, so that it does not hold up those for other queues. It may have been stored all the
// same, or will be when the majority is back: where it is published elsewhere then, a duplicate is possible.
import type { Broker, Delivery, Outgoing, PublishOutcome } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import { Patience } from '../core/patience.ts';
import { type KnownOutcome, publishUntilKnown } from './publish-until-known.ts';

/** How long the broker may take to confirm. Counts only while it is connected, and takes messages at all. */
const CONFIRM_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 500;

/** Not confirmed in time. */
interface Late {
  readonly kind: 'late';
  readonly reason: string;
}

export type TimelyOutcome = KnownOutcome | Late;

interface Open {
  waitedMs: number;
  /** When that was counted (ms since 1970). */
  countedAt: number;
  readonly patience: Patience;
  giveUp(): boolean;
  resolve(late: Late): void;
}

/** One timer watches all that is published through it: what goes out in great numbers shares one. */
export class TimelyPublisher {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #open = new Set<Open>();
  #cancelTimer: (() => void) | undefined;

  /** @param withinMs how long the broker may take */
  constructor(broker: Broker, clock: Clock, withinMs = CONFIRM_WITHIN_MS) {
    this.#broker = broker;
    this.#clock = clock;
    this.#withinMs = withinMs;
  }

  /** @param giveUp asked when the time is up, and again and again from then on; where it says yes, that is how it ends */
  publish(delivery: Pick<Delivery, 'isOpen'>, outgoing: Outgoing, giveUp: () => boolean): Promise<TimelyOutcome> {
    const attempts = (patience: Patience): Promise<KnownOutcome> =>
      publishUntilKnown(this.#broker, this.#clock, delivery, outgoing, patience);
    return this.#inTime(attempts, giveUp);
  }

  /** One try, for news of what is kept in any case: whoever has gone, or whose queue is dead, can't be told. */
  async publishOnce(outgoing: Outgoing): Promise<boolean> {
    const attempt = (patience: Patience): Promise<PublishOutcome> => this.#broker.publish(outgoing, patience);
    return (await this.#inTime(attempt, () => true)).kind === 'confirmed';
  }

  #inTime<O>(publish: (patience: Patience) => Promise<O>, giveUp: () => boolean): Promise<O | Late> {
    return new Promise((resolve, reject) => {
      const open = { waitedMs: 0, countedAt: this.#clock.now(), patience: new Patience(), giveUp, resolve };
      this.#open.add(open);
      this.#watch();
      const end = (tell: () => void): void => {
        this.#forget(open);
        tell();
      };
      publish(open.patience).then(
        (outcome) => end(() => resolve(outcome)),
        (err: unknown) => end(() => reject(err)),
      );
    });
  }

  #watch(): void {
    this.#cancelTimer ??= this.#clock.after(LOOK_EVERY_MS, () => {
      this.#cancelTimer = undefined;
      const isConnected = this.#broker.status.state === 'connected';
      for (const open of this.#open) this.#look(open, isConnected);
      if (this.#open.size > 0) this.#watch();
    });
  }

  #look(open: Open, isConnected: boolean): void {
    const now = this.#clock.now();
    if (isConnected) open.waitedMs += Math.min(LOOK_EVERY_MS, Math.max(0, now - open.countedAt)); // it may be set
    open.countedAt = now;
    if (open.waitedMs < this.#withinMs || !open.giveUp()) return;
    this.#forget(open);
    open.resolve({ kind: 'late', reason: `the broker did not confirm it within ${this.#withinMs / 1000} s` });
    open.patience.end();
  }

  #forget(open: Open): void {
    this.#open.delete(open);
    if (this.#open.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
