// The service behind `taskqueue dispatcher`: consumes `taskqueue` and forwards each message (step 2 of the path). Any
// number of dispatchers may share the queue.

import type { Consumer, Delivery } from '../broker/broker.ts';
import { together } from '../broker/declarations.ts';
import { internalDeclarations, type QueueType, sharedQueue, TASKQUEUE } from '../broker/topology.ts';
import { type Clock, pause } from '../core/clock.ts';
import type { Tools } from '../handling/tools.ts';
import { type Desk, type ForwardSettings, forward } from './forward.ts';
import { isWorrying, prefetchFor, USUAL_PREFETCH } from './intake.ts';
import { Sweep } from './sweep.ts';

export interface DispatcherSettings extends ForwardSettings {
  readonly queueType: QueueType;
  readonly unroutableTtlMs: number;
}

/** Open forwards get this long when the dispatcher stops; what is not confirmed then stays with the broker. */
const STOP_WITHIN_MS = 5_000;

export class Dispatcher {
  readonly #tools: Tools;
  readonly #desk: Desk;
  readonly #queueType: QueueType;
  readonly #sweep: Sweep;
  #consumer: Consumer | undefined;
  #prefetch = USUAL_PREFETCH;
  #lastWorryAt: number | undefined;
  readonly #open = new Set<Promise<void>>();
  /** Messages forwarded since the start. */
  forwarded = 0;

  constructor(tools: Tools, settings: DispatcherSettings) {
    this.#sweep = new Sweep(tools, settings.unroutableTtlMs);
    this.#tools = {
      ...tools,
      events: (event) => {
        if (event.kind === 'unroutable') this.#sweep.awaits(event.queue);
        tools.events(event);
      },
    };
    this.#desk = { tools: this.#tools, settings, refusals: new Map() };
    this.#queueType = settings.queueType;
  }

  get inFlight(): number {
    return this.#open.size;
  }

  get isConsuming(): boolean {
    return this.#consumer?.isConsuming ?? false;
  }

  async start(): Promise<void> {
    await this.#tools.broker.start();
    this.#consumer = this.#tools.broker.consume({
      queue: TASKQUEUE,
      declarations: together(internalDeclarations(), sharedQueue(TASKQUEUE, this.#queueType)),
      prefetch: this.#prefetch,
      onDelivery: (delivery) => this.#take(delivery),
    });
    this.#sweep.start();
  }

  /** Formats and limits from a reloaded configuration; open forwards finish with the old ones. */
  reconfigure(settings: DispatcherSettings): void {
    this.#desk.settings = settings;
    this.#sweep.ttlMs = settings.unroutableTtlMs;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#consumer?.stop(), this.#sweep.stop()]);
    const enough = new AbortController();
    await Promise.race([Promise.all(this.#open), pause(this.#tools.clock, STOP_WITHIN_MS, enough.signal)]);
    enough.abort();
    await this.#tools.broker.stop();
  }

  #take(delivery: Delivery): void {
    this.#adjustPrefetch(delivery, this.#tools.clock);
    const forwarding = forward(this.#desk, delivery)
      .catch(async (err: unknown) => {
        // A mistake of ours. The broker keeps the message; the pause keeps it from coming back in a tight loop.
        this.#tools.logger.error({ workitem: delivery.message.properties.messageId, err }, 'could not be forwarded');
        await pause(this.#tools.clock, STOP_WITHIN_MS);
        delivery.requeue();
      })
      .then(() => {
        this.#open.delete(forwarding);
        this.forwarded++;
      });
    this.#open.add(forwarding);
  }

  #adjustPrefetch(delivery: Delivery, { now }: Clock): void {
    if (isWorrying(delivery)) this.#lastWorryAt = now();
    const prefetch = prefetchFor(this.#lastWorryAt, now());
    if (prefetch === this.#prefetch) return;
    this.#prefetch = prefetch;
    this.#consumer?.setPrefetch(prefetch);
  }
}
