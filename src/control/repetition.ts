// Appends the pauses that stand to the control log again, before it forgets them. Every daemon would do that at the same moment,
// so each waits a while first: mostly, another one has done it by then.
import type { Broker, Delivery } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { append } from './append.ts';
import type { Order } from './order.ts';
import type { OrderBook, StandingPause } from './order-book.ts';
import { createUpkeep, type Upkeep } from './upkeep.ts';

interface RepetitionOptions {
  readonly user: string;
  /** 0 … 1 */
  random(): number;
  /** How much the log holds. */
  readonly logBytes: number;
}

interface RepetitionTools {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The longest wait: when the log has been read to its end, and while entries come. */
const AFTER_READING_MS = 30_000;
const WHILE_READING_MS = 2_000;
/** While entries come, it looks once for so large a part of a full log. */
const LOOK_EVERY_PART = 1 / 16;

export class Repetition {
  readonly #tools: RepetitionTools;
  readonly #options: RepetitionOptions;
  readonly #book: OrderBook;
  readonly #upkeep: Upkeep;
  #lastOffset = 0;
  #lookedAtBytes = 0;
  #isComplete = false;
  #isRefused = false;
  #cancel: (() => void) | undefined;

  constructor(tools: RepetitionTools, book: OrderBook, options: RepetitionOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#book = book;
    this.#upkeep = createUpkeep(options.logBytes);
  }

  begin(): void {
    this.stop();
    this.#upkeep.begin();
    this.#lookedAtBytes = 0;
    this.#lastOffset = 0;
    this.#isComplete = false;
  }

  read(delivery: Delivery, order: Order | null): void {
    this.#lastOffset = delivery.offset ?? 0;
    this.#upkeep.read(delivery.message.body.length, order);
    const since = this.#upkeep.bytes - this.#lookedAtBytes;
    if (this.#isComplete && since > this.#options.logBytes * LOOK_EVERY_PART) this.#look(WHILE_READING_MS);
  }

  /** Also what the log has lost – somebody deleted it – is seen now. */
  complete(): void {
    this.#isComplete = true;
    this.#upkeep.complete();
    this.#look(AFTER_READING_MS);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(withinMs: number): void {
    this.#lookedAtBytes = this.#upkeep.bytes;
    if (this.#cancel || this.#fading().length === 0) return;
    this.#cancel = this.#tools.clock.after(withinMs * this.#options.random(), () => {
      this.#cancel = undefined;
      for (const pause of this.#fading()) void this.#repeat(pause);
    });
  }

  #fading(): readonly StandingPause[] {
    return this.#upkeep.fading(this.#book.pauses(this.#tools.clock.now()));
  }

  async #repeat({ type, operation, reason, since, untilMs, givenBy }: StandingPause): Promise<void> {
    const about = { v: 1, operation, at: since, reason, by: givenBy } as const;
    const order: Order = { ...about, kind: 'repeat', type, untilMs, upTo: this.#lastOffset };
    const refusal = await append(this.#tools.broker, this.#options.user, order);
    if (refusal === null || this.#isRefused) return;
    this.#isRefused = true; // it is said once
    const message = 'the control log is about to forget a pause, and this daemon may not append it again';
    this.#tools.logger.warn({ type, reason: refusal }, message);
  }
}
