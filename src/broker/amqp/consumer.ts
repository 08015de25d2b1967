// A consumer is its setup, done again on every new connection and whenever the broker ends it – the queue was deleted,
// an error closed its channel: declare, open a channel, register. It never gives up, and never troubles other consumers.
import { backoffMs } from '../../core/backoff.ts';
import { type Clock, pause, within } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { underSignals } from '../../core/under-signals.ts';
import { doneOrAborted, whenAborted } from '../../core/when-aborted.ts';
import type { ConsumeOptions, Consumer, Delivery } from '../broker.ts';
import { apartFrom } from './apart.ts';
import { brokersWords } from './confirm-channel.ts';
import type { Connection } from './connection.ts';
import { declare } from './declare.ts';
import { ANSWER_WITHIN_MS, restMs, silenceAbout } from './questions.ts';
import { Subscription } from './subscription.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** How long a set-up may still take when we stop. */
const GOODBYE_MS = 5_000;
/** What lasted that long was no failure from the start: the pauses begin again with the shortest. */
const STEADY_MS = 10_000;

export class AmqpConsumer implements Consumer {
  readonly #options: ConsumeOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  /** Those that still can settle something. */
  readonly #subscriptions = new Set<Subscription>();
  /** Set-ups that have not ended in time: each holds a channel until the broker answers, or the connection ends. */
  readonly #late = new Set<Promise<Subscription | string>>();
  #current: Subscription | null = null;
  #prefetch: number;
  #serving: Promise<void> = Promise.resolve();
  #said: string | null = null;

  constructor(options: ConsumeOptions, clock: Clock, logger: Logger) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#prefetch = options.prefetch;
  }

  get isConsuming(): boolean {
    return this.#current?.isConsuming ?? false;
  }

  get problem(): string | null {
    return this.isConsuming ? null : this.#said;
  }

  setPrefetch(prefetch: number): void {
    this.#prefetch = prefetch;
    this.#current?.setPrefetch(prefetch);
  }

  /** Consumes over this connection, until it or the consumer ends. */
  serve(connection: Connection): void {
    this.#serving = this.#serving.then(() => this.#serveOn(connection));
  }

  /** Resolves when the broker knows of all that has been acknowledged so far. */
  async settled(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((one) => one.settled()));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#subscriptions].map((one) => one.retire()));
    await this.#serving;
  }

  /** Resolves when it is stopped and nothing of it can be settled any more. */
  async gone(): Promise<void> {
    await whenAborted(this.#stopping.signal);
    await this.#serving;
    await Promise.all([...this.#subscriptions].map((one) => one.closed));
  }

  async release(): Promise<void> {
    await this.stop();
    await this.close();
  }

  /** At once; hands back what is not settled by now. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#subscriptions].map((one) => one.close()));
  }

  #serveOn(connection: Connection): Promise<void> {
    return underSignals([connection.over, this.#stopping.signal], (over) => this.#serveUntil(over, connection));
  }

  async #serveUntil(over: AbortSignal, connection: Connection): Promise<void> {
    for (let failures = 0; !over.aborted; ) {
      const began = this.#clock.now();
      const isStream = this.#options.from === 'first';
      const why = await (isStream ? this.#read(connection, over) : this.#consume(connection, over));
      if (over.aborted) return;
      failures = this.#clock.now() - began < STEADY_MS ? failures + 1 : 1;
      this.#say(why);
      await pause(this.#clock, backoffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), over);
      const toRestMs = restMs(this.#late.size);
      if (toRestMs > 0) await within(this.#clock, toRestMs, Promise.race(this.#late), over);
    }
  }

  /** Where all connections are lost, this one may be the first: then there is nothing to say about it. */
  async #read(connection: Connection, over: AbortSignal): Promise<string> {
    const reading = apartFrom(connection, 'streams', (apart) => this.#consume(apart, over));
    const why = await reading.catch(brokersWords);
    await pause(this.#clock, FIRST_PAUSE_MS, over);
    return why;
  }

  /** Resolves when it is over, with the reason. */
  async #consume(connection: Connection, over: AbortSignal): Promise<string> {
    const givenUp = new AbortController();
    const open = new Set<string>();
    const setUp = this.#setUp(connection, givenUp.signal, open);
    if (await this.#isInTime(setUp, connection, over)) {
      const found = await setUp;
      return typeof found === 'string' ? found : this.#untilEnd(found);
    }
    const why = connection.over.aborted ? await connection.ended : silenceAbout(open);
    givenUp.abort();
    this.#late.add(setUp);
    void doneOrAborted(setUp, connection.over).then(() => this.#late.delete(setUp));
    // Should the answer come late, after all, what was delivered with it goes back at once, and nobody sees it.
    void setUp.then((late) => (typeof late === 'string' ? undefined : late.close()));
    return why;
  }

  /** When we stop, it still has a moment: what it has been given by then can be settled. */
  async #isInTime(setUp: Promise<unknown>, connection: Connection, over: AbortSignal): Promise<boolean> {
    const [clock, ends] = [this.#clock, [over, connection.over]];
    const isInTime = await underSignals(ends, (end) => within(clock, ANSWER_WITHIN_MS, setUp, end));
    return isInTime || (this.#stopping.signal.aborted && within(clock, GOODBYE_MS, setUp, connection.over));
  }

  /** Never rejects: why there is none, where there is none. */
  async #setUp(connection: Connection, givenUp: AbortSignal, open: Set<string>): Promise<Subscription | string> {
    const { queue, declarations, from } = this.#options;
    const onDelivery = (delivery: Delivery): void => void (givenUp.aborted || this.#options.onDelivery(delivery));
    const onBegin = from === 'first' ? () => void (givenUp.aborted || this.#options.onBegin?.()) : null;
    const declared = await declare(connection, declarations, this.#logger, givenUp, open);
    if (declared.kind !== 'declared') return declared.reason;
    if (this.#stopping.signal.aborted || givenUp.aborted) return 'stopped';
    open.add(`queue ${queue}`);
    const [clock, logger, prefetch] = [this.#clock, this.#logger, this.#prefetch];
    try {
      return await Subscription.open(connection, { queue, prefetch, onDelivery, onBegin, clock, logger });
    } catch (err) {
      return brokersWords(err);
    }
  }

  async #untilEnd(subscription: Subscription): Promise<string> {
    this.#subscriptions.add(subscription);
    void subscription.closed.then(() => this.#subscriptions.delete(subscription));
    this.#current = subscription;
    subscription.setPrefetch(this.#prefetch); // it may have changed meanwhile
    if (this.#said !== null) this.#logger.info({ queue: this.#options.queue }, 'consuming again');
    this.#said = null;
    if (this.#stopping.signal.aborted) await subscription.retire();
    const why = await subscription.ended;
    this.#current = null;
    return why;
  }

  #say(why: string): void {
    const level = this.#said === why ? 'debug' : 'warn';
    this.#said = why;
    this.#logger[level]({ queue: this.#options.queue }, `cannot consume, and tries until it can: ${why}`);
  }
}
