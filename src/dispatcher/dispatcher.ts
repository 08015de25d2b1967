// The service behind `taskqueue dispatcher`: consumes `taskqueue` and forwards each message (step 2 of the path). Any
// number of dispatchers may share the queue.

import { type Consumer, type Delivery, isConnected } from '../broker/broker.ts';
import { together } from '../broker/declarations.ts';
import { internalDeclarations, KEPT, type QueueType, sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import { pause, within } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { aboutWorkitem } from '../events/event.ts';
import { watchForDeafness } from '../handling/deafness.ts';
import { park } from '../handling/keep.ts';
import { seeToQueues } from '../handling/see-to-queues.ts';
import type { Service } from '../service/service.ts';
import type { Message } from '../workitem/message.ts';
import { withoutForgeries } from '../workitem/relay.ts';
import { type Desk, type DispatcherTools, type ForwardSettings, newDesk } from './desk.ts';
import { forward } from './forward.ts';
import { isWorrying, prefetchFor, USUAL_PREFETCH } from './intake.ts';
import { Sweep } from './sweep.ts';

export interface DispatcherSettings extends ForwardSettings {
  readonly unroutableTtlMs: number;
}

/** Open forwards get this long when the dispatcher stops; what is not confirmed then stays with the broker. */
export const STOP_WITHIN_MS = 5_000;
/** What could neither be forwarded nor parked comes again, but not in a tight loop. */
const AFTER_MISTAKE_MS = 5_000;

export class Dispatcher {
  readonly #tools: DispatcherTools;
  readonly #desk: Desk;
  readonly #queueType: QueueType;
  readonly #sweep: Sweep;
  readonly #control: Service | undefined;
  #consumer: Consumer | undefined;
  #prefetch = USUAL_PREFETCH;
  #lastWorryAt: number | undefined;
  readonly #open = new Set<Delivery>();
  #whenIdle: () => void = () => undefined;
  #isStopped = false;
  #arrivals = 0;
  #stopWatching: () => void = () => undefined;
  #forgetStatus: () => void = () => undefined;
  /** Resolves when the queues have been seen to that delays go through, or the broker has not said in time. */
  #seenTo: Promise<void> = Promise.resolve();
  /** Messages that found their place since the start: a worker queue, or another one where they wait or are parked. */
  forwarded = 0;

  /** @param control left out: nobody is told or answered anything. Stopped while there still is a broker. */
  constructor(tools: DispatcherTools, settings: DispatcherSettings, control?: Service) {
    this.#control = control;
    this.#sweep = new Sweep(tools, settings);
    this.#tools = {
      ...tools,
      events: (event) => {
        if (event.kind === 'unroutable' && event.queue !== TASKQUEUE) this.#sweep.awaits(event.queue);
        tools.events(event);
      },
    };
    this.#desk = newDesk(this.#tools, settings);
    this.#queueType = settings.queueType;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  /** What is in flight. */
  get messages(): readonly Message[] {
    return [...this.#open].map(({ message }) => message);
  }

  /** Queues that it has set workitems aside for. */
  get awaited(): Iterable<string> {
    return this.#sweep.awaited;
  }

  /** Why it may not consume, in the broker's words; `null` while all is well. */
  get problem(): string | null {
    return this.#consumer?.problem ?? null;
  }

  get isConsuming(): boolean {
    return this.#consumer?.isConsuming ?? false;
  }

  async start(): Promise<void> {
    const { broker } = this.#tools;
    this.#forgetStatus = broker.onStatus(({ state }) => {
      if (state === 'connected') this.#seeToDelays();
    });
    if (isConnected(broker.status)) this.#seeToDelays(); // somebody else has started it
    await this.#control?.start();
    await broker.start();
    await this.#seenTo; // a delay that goes through half of them would be over too early
    if (this.#isStopped) return; // meanwhile
    this.#consumer = this.#consume();
    this.#stopWatching = watchForDeafness({
      ...this.#tools,
      queue: TASKQUEUE,
      look: () => ({ isListening: this.isConsuming && this.inFlight < this.#prefetch, arrivals: this.#arrivals }),
      rebuild: () => {
        const deaf = this.#consumer;
        this.#consumer = this.#consume();
        void deaf?.stop();
      },
    });
    this.#sweep.start();
  }

  #seeToDelays(): void {
    this.#seenTo = seeToQueues(this.#tools, internalDeclarations());
  }

  #consume(): Consumer {
    return this.#tools.broker.consume({
      queue: TASKQUEUE,
      declarations: together(KEPT, sharedQueue(TASKQUEUE, this.#queueType)),
      prefetch: this.#prefetch,
      onDelivery: (delivery) => this.#take(delivery),
    });
  }

  /** Formats and limits from a reloaded configuration; open forwards finish with the old ones. */
  reconfigure(settings: DispatcherSettings): void {
    this.#desk.settings = settings;
    this.#sweep.settings = settings;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forgetStatus();
    this.#stopWatching();
    await this.#consumer?.stop();
    await within(this.#tools.clock, STOP_WITHIN_MS, Promise.all([this.#sweep.stop(), this.#untilIdle()]));
    await this.#control?.stop();
    await this.#tools.broker.stop();
  }

  #take(delivery: Delivery): void {
    this.#arrivals++;
    this.#adjustPrefetch(delivery, this.#tools.clock.now());
    this.#open.add(delivery);
    void this.#forward(delivery);
  }

  async #forward(delivery: Delivery): Promise<void> {
    let isKept: boolean;
    try {
      isKept = await forward(this.#desk, delivery);
    } catch (err) {
      isKept = await this.#giveUp(delivery, err);
    }
    if (isKept) this.forwarded++;
    this.#open.delete(delivery);
    if (this.#open.size === 0) this.#whenIdle();
  }

  #untilIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
      if (this.#open.size === 0) resolve();
    });
  }

  /** A mistake of ours. Parked, it troubles nobody else; handed back again and again, a broker would delete it in the end. */
  async #giveUp(delivery: Delivery, err: unknown): Promise<boolean> {
    const { clock, logger } = this.#tools;
    const message = withoutForgeries(delivery.message);
    logger.error({ workitem: message.properties.messageId, err }, 'could not be forwarded');
    try {
      const error = `could not be forwarded: ${messageOf(err)}`;
      const why = { reason: 'invalid', error } as const;
      if (!(await park(this.#tools, delivery, message, { ...why, queue: TASKQUEUE }))) return false;
      this.#tools.events({ ...aboutWorkitem(message, null, clock.now()), kind: 'parked', ...why, isReported: false });
      return delivery.ack();
    } catch (another) {
      logger.error({ workitem: message.properties.messageId, err: another }, 'could not be parked either');
      await pause(clock, AFTER_MISTAKE_MS);
      delivery.requeue();
      return false;
    }
  }

  #adjustPrefetch(delivery: Delivery, now: number): void {
    if (isWorrying(delivery)) this.#lastWorryAt = now;
    const prefetch = prefetchFor(this.#lastWorryAt, now);
    if (prefetch === this.#prefetch) return;
    this.#prefetch = prefetch;
    this.#consumer?.setPrefetch(prefetch);
  }
}
