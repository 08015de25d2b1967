// After a lost connection: until the control log has been read again, nobody knows what was ordered meanwhile, and nothing is to
// begin. That takes as long as the reading, and where the log can't be had, no more than a second: the work does not stop for it.
import { type Broker, isConnected } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import { type Deferred, deferred } from '../core/deferred.ts';

/** From when there is a connection again. */
const PATIENCE_MS = 1_000;

export class Rereading {
  readonly #broker: Broker;
  readonly #clock: Clock;
  #open: Deferred<void> | null = null;
  #isWatching = false;
  #forgetStatus: () => void = () => undefined;
  #cancelPatience: () => void = () => undefined;

  constructor({ broker, clock }: { readonly broker: Broker; readonly clock: Clock }) {
    this.#broker = broker;
    this.#clock = clock;
  }

  /** See `StandingOrders.rereading`. */
  get over(): Promise<void> | null {
    return this.#open?.promise ?? null;
  }

  /** All has been read: from now on, a lost connection means to read again. */
  done(): void {
    this.#end();
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#forgetStatus = this.#broker.onStatus((status) => {
      if (!isConnected(status)) this.#begin();
      else if (this.#open) this.#beImpatient();
    });
  }

  stop(): void {
    this.#forgetStatus();
    this.#end();
  }

  #begin(): void {
    this.#cancelPatience();
    this.#open ??= deferred();
  }

  #beImpatient(): void {
    this.#cancelPatience();
    this.#cancelPatience = this.#clock.after(PATIENCE_MS, () => this.#end());
  }

  #end(): void {
    this.#cancelPatience();
    this.#open?.resolve();
    this.#open = null;
  }
}
