// Long work. A broker takes back what a consumer has had for too long (RabbitMQ: 30 minutes), with everything else on that
// channel, while the work goes on. So what runs for longer than a few minutes is moved, again and again, into a queue that
// only this pool consumes: a copy is published there and confirmed, and when it arrives, it takes the place of the delivery
// before, which is acknowledged. Should the pool die, its leases return to the worker queues when their time is up.
//
// A duplicate run is possible where a copy is confirmed, but does not arrive before its time is up.
import type { Consumer, Delivery } from '../broker/broker.ts';
import {
  leaseDeclarations,
  leaseQueue,
  leaseReturnRoute,
  leaseRoute,
  typeOfQueue,
  workerQueue,
} from '../broker/topology.ts';
import { within } from '../core/clock.ts';
import { park, publishForCertain } from '../handling/keep.ts';
import { HEADER } from '../workitem/headers.ts';
import { newId } from '../workitem/new-id.ts';
import { relayed } from '../workitem/relay.ts';
import type { Job } from './job.ts';
import type { SettleTools } from './settle.ts';
import type { Settling } from './settling.ts';

export interface LeaseOptions {
  /** A name that no other running pool has, the same after a restart. */
  readonly pool: string;
  /** How old a delivery becomes before it is exchanged for a lease, or that for the next one. Five minutes; tests shorten it. */
  readonly afterMs?: number;
  /** The time to live of a lease; a multiple of `afterMs`. */
  readonly ttlMs?: number;
}

const AFTER_MS = 5 * 60_000;
/** How often within that time we look. */
const LOOKS = 5;
/** All that the broker allows; 0, "no limit", stops at 2,000 on a quorum queue. */
const PREFETCH = 65_535;
const STOP_WITHIN_MS = 2_000;

export class Leases {
  readonly #tools: SettleTools;
  readonly #settling: Settling;
  readonly #options: LeaseOptions;
  readonly #afterMs: number;
  /** Names the handlings of this process, apart from those of the one before it. */
  readonly #process = newId();
  /** When a lease was sent for a job whose delivery it has not replaced yet (ms since 1970). */
  readonly #sent = new WeakMap<Job, number>();
  #consumer: Consumer | undefined;
  #cancelTimer: () => void = () => undefined;

  constructor(tools: SettleTools, settling: Settling, options: LeaseOptions) {
    this.#tools = tools;
    this.#settling = settling;
    this.#options = options;
    this.#afterMs = options.afterMs ?? AFTER_MS;
  }

  start(): void {
    const { pool, ttlMs } = this.#options;
    this.#consumer = this.#tools.broker.consume({
      queue: leaseQueue(pool),
      declarations: leaseDeclarations(pool, ttlMs),
      prefetch: PREFETCH,
      onDelivery: (delivery) => this.#take(delivery),
    });
    this.#watch();
  }

  /** A broker that does not answer keeps nobody from stopping: what is left, it has back with the connection. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    if (this.#consumer) await within(this.#tools.clock, STOP_WITHIN_MS, this.#consumer.stop());
  }

  #watch(): void {
    this.#cancelTimer = this.#tools.clock.after(this.#afterMs / LOOKS, () => {
      for (const job of this.#settling.running) if (this.#isDue(job)) void this.#refresh(job);
      this.#watch();
    });
  }

  /** Where nobody would take it in, a lease would run out and be worked on twice. */
  #isDue(job: Job): boolean {
    if (!this.#consumer?.isConsuming || !job.delivery.isOpen) return false;
    const latest = Math.max(job.heldSince, this.#sent.get(job) ?? 0);
    return this.#tools.clock.now() - latest >= this.#afterMs;
  }

  async #refresh(job: Job): Promise<void> {
    const { broker, clock, logger } = this.#tools;
    const { pool, ttlMs } = this.#options;
    job.lease ??= `${this.#process}.${job.number}`;
    this.#sent.set(job, clock.now());
    const queue = workerQueue(job.envelope.workerType);
    const copy = relayed(job.message, { [HEADER.lease]: job.lease, [HEADER.queue]: queue });
    const outcome = await broker.publish({ ...copy, ...leaseRoute(pool, queue), mandatory: true });
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, instance: job.instance };
    if (outcome.kind === 'confirmed') return logger.debug(fields, 'still at work: its lease is refreshed');
    logger.warn(
      { ...fields, reason: outcome.reason },
      `its lease could not be refreshed (${outcome.kind}): tried again`,
    );
    if (outcome.kind === 'returned' || outcome.kind === 'refused') await broker.declare(leaseDeclarations(pool, ttlMs));
  }

  #take(delivery: Delivery): void {
    if (this.#settling.adoptsLease(delivery)) return;
    void this.#return(delivery).catch((err: unknown) => {
      this.#tools.logger.error({ queue: delivery.queue, err }, 'a lease could not be returned; it returns by itself');
    });
  }

  /** Whoever worked on it has died, or has handed it back: it takes the way that it would take by itself in a while. */
  async #return(delivery: Delivery): Promise<void> {
    const { message } = delivery;
    const lease = message.headers[HEADER.lease];
    const queue = message.headers[HEADER.queue];
    if (typeof queue !== 'string' || typeOfQueue(queue) === undefined) {
      const error = 'found among the leases, and says of no worker queue that it is from there';
      if (await park(this.#tools, delivery, message, { reason: 'invalid', error, queue: delivery.queue }))
        delivery.ack();
      return;
    }
    const onward = relayed(message, { [HEADER.lease]: lease ?? 'unknown', [HEADER.queue]: queue });
    const outgoing = { ...onward, ...leaseReturnRoute(queue), mandatory: true };
    if (await publishForCertain(this.#tools, delivery, outgoing)) delivery.ack();
  }
}
