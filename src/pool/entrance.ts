// The way in: what stands between a delivery and its process (step 3 of the path). A workitem is handled, diverted, or passed
// on to somebody else; and one that may bring down the whole pool goes in alone.
import type { Delivery } from '../broker/broker.ts';
import { within } from '../core/clock.ts';
import { HEADER } from '../workitem/headers.ts';
import { diversionOf } from './admission.ts';
import { ALONE_WITHIN_MS, aloneTimes } from './alone-times.ts';
import { countsOf, type Diversion } from './arrival.ts';
import type { Instance } from './instance.ts';
import { type Job, jobFor } from './job.ts';
import { Rest } from './rest.ts';
import type { SettleTools } from './settle.ts';
import { settlementOf } from './settlement.ts';
import type { Settling } from './settling.ts';
import { Turnstile } from './turnstile.ts';

interface EntranceOptions {
  readonly tools: SettleTools;
  readonly settling: Settling;
  /** All that there are just now. */
  readonly instances: Iterable<Instance>;
  /** Aborts when nobody waits any longer. */
  readonly hurry: AbortSignal;
}

/** From so many redeliveries on a workitem runs alone: it may be what keeps bringing the pool down. */
const ALONE_FROM = 3;
/**
 * For how long it then runs alone: what takes hours must not keep everybody else waiting for so long. Should it bring down the
 * pool later, that counts for those beside it, too; from ALONE_FROM on, neither begins beside the other any more.
 */
const ALONE_FOR_MS = 60_000;

export class Entrance {
  readonly #tools: SettleTools;
  readonly #settling: Settling;
  readonly #instances: Iterable<Instance>;
  readonly #hurry: AbortSignal;
  readonly #turnstile = new Turnstile();
  /** One that is to run alone, and waits for longer than the others are held up here: meanwhile they get nothing. */
  #awaited: Job | undefined;
  readonly #rest = new Rest();
  #lastJob = 0;
  #cancelAcquittal: () => void = () => undefined;

  constructor({ tools, settling, instances, hurry }: EntranceOptions) {
    this.#tools = tools;
    this.#settling = settling;
    this.#instances = instances;
    this.#hurry = hurry;
  }

  /** Nothing else may begin now. */
  get isOneAlone(): boolean {
    return this.#turnstile.isOneAlone || this.#awaited !== undefined;
  }

  /** Some instance takes nothing more: what waited for it goes to another. */
  review(): void {
    this.#turnstile.review();
  }

  /** What comes over a new connection waits: see `control/rereading.ts`. */
  take(instance: Instance, delivery: Delivery): void {
    const { rereading } = this.#tools.orders;
    if (rereading === null) return this.#take(instance, delivery);
    void rereading.then(() => {
      if (delivery.isOpen) this.take(instance, delivery);
    });
  }

  #take(instance: Instance, delivery: Delivery): void {
    if (!instance.isRunning) return void delivery.requeue(); // its consumer is being stopped
    const now = this.#tools.clock.now();
    const counts = countsOf(delivery.message.headers);
    const isReturned = HEADER.lease in delivery.message.headers;
    const redelivered = delivery.redelivered || isReturned; // a lease that ran out: the pool that had it died
    if (isReturned && this.#settling.adoptsLease(delivery)) return this.#seat(instance, delivery);
    const known = redelivered || counts.redeliveries > 0 ? this.#settling.adopts(delivery) : undefined;
    if (known) return instance.bench.adopted(known);

    const { plan, name } = instance;
    const job = jobFor({ number: ++this.#lastJob, delivery, plan, instance: name, counts, now });
    const { message } = job;
    const cancellation = this.#tools.orders.cancellationOf(message);
    const { maxMessageSize } = plan;
    const diversion = diversionOf({ message, redelivered, counts, cancellation, now, maxMessageSize });
    if (diversion) return this.#divert(job, diversion);
    if (!instance.takesWork || this.isOneAlone) return this.#pass(job);
    if (counts.redeliveries >= ALONE_FROM) return this.#takeAlone(instance, job);
    this.#turnstile.pass({
      isAlone: false,
      isWaiting: () => instance.takesWork && this.#isWanted(job),
      enter: () => this.#begin(instance, job),
      turnAway: () => this.#unlessCancelled(job, () => (instance.isRunning ? this.#pass(job) : delivery.requeue())),
    });
  }

  /** It takes a place at the consumer that it came by, whoever works on it. */
  #seat(instance: Instance, delivery: Delivery): void {
    const job = this.#settling.running.find((one) => one.delivery === delivery);
    if (job) instance.bench.adopted(job);
  }

  #begin(instance: Instance, job: Job): void {
    this.#settling.begins(job);
    instance.bench.add(job);
  }

  /** Whether somebody still waits for it: the broker, and its sender. */
  #isWanted({ delivery, message }: Job): boolean {
    return delivery.isOpen && this.#tools.orders.cancellationOf(message) === undefined;
  }

  #unlessCancelled(job: Job, otherwise: () => void): void {
    const cancellation = this.#tools.orders.cancellationOf(job.message);
    if (cancellation) this.#settling.settle(job, { kind: 'cancelled', cancellation });
    else otherwise();
  }

  /** It came at the wrong moment: anybody may have it, and none of its counts changes. */
  #pass(job: Job): void {
    this.#settling.divert(job, settlementOf(job, { kind: 'notStarted' }));
  }

  #takeAlone(instance: Instance, job: Job): void {
    const { clock } = this.#tools;
    let leftMs = aloneTimes(job.counts).waitsMs;
    const look = (): void => {
      leftMs = this.#rest.isOver(clock.now()) ? leftMs - ALONE_WITHIN_MS : 0;
      if (leftMs > 0) {
        cancel = clock.after(ALONE_WITHIN_MS, look);
        this.#awaitTurnOf(job);
      }
      this.#turnstile.review();
    };
    let cancel = clock.after(ALONE_WITHIN_MS, look);
    this.#turnstile.pass({
      isAlone: true,
      isWaiting: () => leftMs > 0 && this.#mayComeIn(instance, job) && this.#isWanted(job),
      enter: () => {
        cancel();
        if (this.#awaited === job) this.#awaited = undefined;
        void this.#beginAlone(instance, job);
      },
      turnAway: () => {
        cancel();
        this.#awaitNoMore(job);
        this.#unlessCancelled(job, () => {
          if (leftMs <= 0) this.#postpone(job);
          else if (instance.isRunning) this.#pass(job);
          else job.delivery.requeue();
        });
      },
    });
  }

  /** For the sake of the one that is awaited all take nothing, its own instance too. */
  #mayComeIn(instance: Instance, job: Job): boolean {
    return this.#awaited === job ? instance.isOnDuty : instance.takesWork;
  }

  /** What has come by now, and waits behind it, goes back: somebody else may have time for it. */
  #awaitTurnOf(job: Job): void {
    if (this.isOneAlone) return;
    this.#awaited = job;
    for (const instance of [...this.#instances]) void instance.hold();
    this.#turnstile.review();
    this.#letGo(); // where that, or what they passed on, was the end of its waiting
  }

  #awaitNoMore(job: Job): void {
    if (this.#awaited !== job) return;
    this.#awaited = undefined;
    this.#rest.begin(this.#tools.clock.now(), aloneTimes(job.counts).restMs);
    this.#letGo();
  }

  /**
   * Should it bring down the whole pool, the broker delivers again all that was in flight here, and counts it. So there is
   * nothing else in flight then: what waited here goes back, nothing new comes, and what has ended is settled first – to the
   * broker's knowledge: else there would be two of it, the one that it came as and the one that counts how often it came.
   */
  async #beginAlone(instance: Instance, job: Job): Promise<void> {
    const instances = [...this.#instances];
    this.#turnstile.turnAwayAll();
    const isQuiet = Promise.all(instances.map((one) => one.hold()))
      .then(() => this.#settling.idle())
      .then(() => this.#tools.broker.settled());
    const isInTime = await within(this.#tools.clock, ALONE_WITHIN_MS, isQuiet, this.#hurry);
    const mayBegin = instance.isOnDuty && this.#isWanted(job);
    if (isInTime && mayBegin) {
      this.#cancelAcquittal = this.#tools.clock.after(ALONE_FOR_MS, () => this.#acquit());
      return this.#begin(instance, job);
    }
    this.#unlessCancelled(job, () => (instance.isOnDuty ? this.#postpone(job) : this.#pass(job)));
    this.leave();
  }

  #postpone(job: Job): void {
    this.#settling.divert(job, settlementOf(job, { kind: 'postponed', afterMs: aloneTimes(job.counts).postponedMs }));
  }

  /** One that has passed the turnstile is done. */
  leave(): void {
    if (this.#turnstile.isOneAlone) this.#cancelAcquittal(); // it is that one: there was nobody else inside
    this.#turnstile.leave();
    this.#letGo();
  }

  #acquit(): void {
    this.#turnstile.acquit();
    this.#letGo();
  }

  #letGo(): void {
    if (!this.isOneAlone) for (const instance of this.#instances) instance.letGo();
  }

  #divert(job: Job, diversion: Diversion): void {
    switch (diversion.kind) {
      case 'park':
        return this.#settling.settle(job, { kind: 'refused', refusal: diversion.refusal });
      case 'cancel':
        return this.#settling.settle(job, { kind: 'cancelled', cancellation: diversion.cancellation });
      case 'expire':
        return this.#settling.settle(job, { kind: 'expired' });
      case 'postpone': {
        const afterMs = Math.max(1, diversion.untilMs - this.#tools.clock.now());
        const why = 'its sender wants it so';
        return this.#settling.divert(job, { kind: 'again', afterMs, counts: job.counts, why });
      }
      case 'recount': {
        const counts = { ...job.counts, redeliveries: diversion.redeliveries };
        return this.#settling.divert(job, { kind: 'again', afterMs: 0, counts, why: 'delivered again' });
      }
      default:
        return diversion satisfies never;
    }
  }
}
