// Sends parked messages again, so few at a time that each is on the wire as soon as its turn comes: of one that is not
// confirmed in time it can be said then that it may have been stored. A queue that leaves one unconfirmed gets no more.
import type { Broker, Delivery, Outgoing } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import { type TimelyOutcome, TimelyPublisher } from '../handling/publish-in-time.ts';

/** `unsent`: nothing was tried, since the one before has not been confirmed there. */
export type ResendOutcome = TimelyOutcome | { readonly kind: 'unsent' };

/** Well below what the broker's adaptor has in flight; a larger one goes alone. */
const MOST_IN_FLIGHT = 100;
const MOST_BYTES_IN_FLIGHT = 8 * 1024 * 1024;

export class Resending {
  readonly #publisher: TimelyPublisher;
  /** Where one was not confirmed in time. */
  readonly #silent = new Set<string>();
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #inFlight = 0;
  #bytes = 0;

  constructor(broker: Broker, clock: Clock) {
    this.#publisher = new TimelyPublisher(broker, clock);
  }

  async send(delivery: Delivery, outgoing: Outgoing): Promise<ResendOutcome> {
    const bytes = outgoing.body.length;
    await this.#turn(bytes);
    try {
      return await this.#sendNow(delivery, outgoing);
    } finally {
      this.#inFlight--;
      this.#bytes -= bytes;
      this.#admit();
    }
  }

  async #sendNow(delivery: Delivery, outgoing: Outgoing): Promise<ResendOutcome> {
    const place = JSON.stringify([outgoing.exchange, outgoing.routingKey]);
    if (this.#silent.has(place)) return { kind: 'unsent' };
    const outcome = await this.#publisher.publish(delivery, outgoing, () => true);
    if (outcome.kind === 'late') this.#silent.add(place);
    return outcome;
  }

  #turn(bytes: number): Promise<void> {
    return new Promise((enter) => {
      this.#waiting.push({ bytes, enter });
      this.#admit();
    });
  }

  /** In the order in which they came. */
  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoomFor(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inFlight++;
      this.#bytes += next.bytes;
      next.enter();
    }
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#inFlight === 0) return true;
    return this.#inFlight < MOST_IN_FLIGHT && this.#bytes + bytes <= MOST_BYTES_IN_FLIGHT;
  }
}
