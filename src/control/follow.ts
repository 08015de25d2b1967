// Follows the control log: reads it from its first entry, says when it knows all that had been ordered before, and then obeys
// what is appended. After every break it reads all of it again; what has counted does not count again.
//
// It knows that it has caught up when it reads an entry that it has appended itself: whatever was in the log before stands
// before that, on whichever node of a cluster. Where it may not append, it takes silence for the end.
import { randomUUID } from 'node:crypto';
import { type Broker, type Consumer, type Delivery, isConnected } from '../broker/broker.ts';
import { CONTROL_LOG, CONTROL_LOG_BYTES, controlLogDeclarations } from '../broker/topology.ts';
import type { Clock } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../service/service.ts';
import type { Message } from '../workitem/message.ts';
import { append } from './append.ts';
import { checkOrder } from './check-order.ts';
import type { GivenOrder } from './order.ts';
import { OrderBook } from './order-book.ts';
import { startPatience } from './patience.ts';
import { Recital } from './recital.ts';
import { Repetition } from './repetition.ts';
import { Rereading } from './rereading.ts';
import type { Cancellation, OrderChange, Pause, StandingOrders } from './standing.ts';

interface FollowTools {
  /** Whoever made it starts and stops it. */
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface FollowOptions {
  /** The login at the broker, which compares it: without it, nothing of ours in the log would count. */
  readonly user: string;
  /** Called with each order that is given from now on, once it is obeyed; not with those that stood before. */
  onGiven?(given: GivenOrder): void;
  /** 0 … 1 */
  random?(): number;
}

const PREFETCH = 500;
/** Silence so long is the end of the log, where no mark of ours is in it. */
const QUIET_MS = 500;

export class Follower implements Service, StandingOrders {
  readonly known: Promise<void>;
  readonly #tools: FollowTools;
  readonly #options: FollowOptions;
  readonly #book = new OrderBook();
  readonly #recital: Recital;
  readonly #repetition: Repetition;
  readonly #rereading: Rereading;
  readonly #listeners = new Set<(change: OrderChange) => void>();
  readonly #know = deferred<void>();
  readonly #stopped = deferred<void>();
  #isStopped = false;
  #consumer: Consumer | undefined;
  /** Names our entry in the log that has not been read yet: until then, more of what was there before may come. */
  #mark: string | null = null;
  /** It could not be appended. */
  #isMarkLost = false;
  #hasCaughtUp = false;
  #problem: string | null = null;
  #cancelPatience: () => void = () => undefined;
  #cancelQuiet: () => void = () => undefined;
  #cancelEnd: () => void = () => undefined;

  constructor(tools: FollowTools, options: FollowOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#recital = new Recital(tools);
    this.#repetition = new Repetition(tools, this.#book, {
      random: Math.random,
      ...options,
      logBytes: CONTROL_LOG_BYTES,
    });
    this.#rereading = new Rereading(tools);
    this.known = this.#know.promise;
  }

  /** Why not all orders are known; `null` where they are, or soon will be. */
  get problem(): string | null {
    return this.#problem;
  }

  get rereading(): Promise<void> | null {
    return this.#rereading.over;
  }

  get pauses(): readonly Pause[] {
    return this.#book.pauses(this.#tools.clock.now());
  }

  pauseOf(type: string): Pause | undefined {
    return this.#book.pauseOf(type, this.#tools.clock.now());
  }

  cancellationOf(message: Message): Cancellation | undefined {
    return this.#book.cancellationOf(message);
  }

  onChange(listener: (change: OrderChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when all orders are known, or can't be for now, or an attempt to connect has failed. Warns, never rejects. */
  async start(): Promise<void> {
    if (this.#isStopped || this.#consumer) return;
    const { broker } = this.#tools;
    this.#consumer = broker.consume({
      queue: CONTROL_LOG,
      declarations: controlLogDeclarations(),
      prefetch: PREFETCH,
      from: 'first',
      onBegin: () => void this.#begin(),
      onDelivery: (delivery) => this.#read(delivery),
    });
    this.#cancelPatience = startPatience(this.#tools, this.#consumer, (why) => this.#giveUp(why));
    const isAway = deferred<void>();
    const forget = broker.onStatus(({ state }) => {
      if (state === 'waiting') isAway.resolve();
    });
    await Promise.race([this.known, isAway.promise, this.#stopped.promise]);
    forget();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped.resolve();
    for (const cancel of [this.#cancelPatience, this.#cancelQuiet, this.#cancelEnd]) cancel();
    this.#repetition.stop();
    this.#rereading.stop();
    await this.#consumer?.stop();
  }

  /** Reading begins at the first entry. */
  async #begin(): Promise<void> {
    this.#book.begin();
    this.#repetition.begin();
    this.#cancelQuiet();
    this.#isMarkLost = false;
    const [operation, at] = [randomUUID(), this.#tools.clock.now()];
    this.#mark = operation;
    const { broker, logger } = this.#tools;
    const reason = await append(broker, this.#options.user, { v: 1, kind: 'mark', operation, at, reason: '' });
    if (this.#mark !== operation || this.#isStopped || reason === null) return;
    logger.debug({ reason }, 'may not append to the control log: its end is where nothing more comes');
    this.#isMarkLost = true;
    this.#waitForQuiet();
  }

  #waitForQuiet(): void {
    this.#cancelQuiet();
    const { broker, clock } = this.#tools;
    this.#cancelQuiet = clock.after(QUIET_MS, () => {
      if (isConnected(broker.status)) this.#caughtUp(); // else reading begins anew
    });
  }

  #read(delivery: Delivery): void {
    delivery.ack();
    if (this.#isStopped) return;
    if (this.#isMarkLost && this.#mark !== null) this.#waitForQuiet();
    const given = this.#orderIn(delivery);
    this.#repetition.read(delivery, given?.order ?? null);
    if (given?.order.kind === 'mark' && given.order.operation === this.#mark) return this.#caughtUp();
    if (given) this.#obey(given, delivery.offset ?? 0);
  }

  #orderIn(delivery: Delivery): GivenOrder | undefined {
    try {
      return checkOrder(delivery);
    } catch (err) {
      this.#recital.refused(delivery, messageOf(err));
      return undefined;
    }
  }

  #obey(given: GivenOrder, offset: number): void {
    const applied = this.#book.apply(given, offset, this.#tools.clock.now());
    switch (applied.kind) {
      case 'known':
        return;
      case 'full':
        return this.#recital.full(given);
      case 'new':
        if (this.#hasCaughtUp) this.#recital.given(given);
        if (this.#book.cancellations.forgotten > 0) this.#recital.forgotten(this.#book.cancellations.size);
        if (applied.change) this.#tell(applied.change);
        if (applied.change?.kind === 'paused') this.#awaitEnd();
        if (this.#hasCaughtUp) this.#options.onGiven?.(given);
        return;
      default:
        return applied satisfies never;
    }
  }

  #caughtUp(): void {
    this.#mark = null;
    this.#cancelPatience();
    this.#cancelQuiet();
    this.#repetition.complete();
    this.#rereading.done();
    if (this.#hasCaughtUp) return;
    this.#hasCaughtUp = true;
    if (this.#problem !== null) this.#tools.logger.info({}, 'all standing orders are known now');
    this.#problem = null;
    this.#recital.standing(this.pauses, this.#book.cancellations.size);
    this.#know.resolve();
  }

  #giveUp(why: string): void {
    this.#problem = `the standing orders are not known, and can't be obeyed: ${why}`;
    const advice =
      'cancels and pauses that were ordered before may not be obeyed here; goes on without, and tries until it knows them';
    this.#tools.logger.warn({ queue: CONTROL_LOG, reason: why }, advice);
    this.#know.resolve();
  }

  #tell(change: OrderChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** Pauses end by themselves. */
  #awaitEnd(): void {
    this.#cancelEnd();
    const { clock } = this.#tools;
    const endAt = this.#book.nextEndAt();
    if (endAt !== null) this.#cancelEnd = clock.after(endAt - clock.now(), () => this.#end());
  }

  #end(): void {
    for (const type of this.#book.end(this.#tools.clock.now())) {
      this.#recital.over(type);
      this.#tell({ kind: 'paused', type });
    }
    this.#awaitEnd();
  }
}
