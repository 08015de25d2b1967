// The service behind `taskqueue workerpool`: instances of every group, the workitems that they get (step 3 of the path) and
// what becomes of them (step 8). Decisions are made in the pure files beside this one.
import type { Broker, Delivery } from '../broker/broker.ts';
import { together } from '../broker/declarations.ts';
import { internalDeclarations, sharedQueue, workerDeclarations } from '../broker/topology.ts';
import type { ChildSpec } from '../child/spawn.ts';
import { diversionOf } from './admission.ts';
import { Adoption, type Known } from './adoption.ts';
import { countsOf, type Diversion } from './arrival.ts';
import { Instance, type InstanceHost } from './instance.ts';
import { type Job, jobFor } from './job.ts';
import type { GroupPlan } from './plan.ts';
import { changeOf, type Roster, rosterOf } from './roster.ts';
import { type SettleTools, settle } from './settle.ts';
import { type Outcome, type Settlement, settlementOf } from './settlement.ts';
import { Turnstile } from './turnstile.ts';

export interface PoolOptions {
  readonly tools: SettleTools;
  readonly plans: ReadonlyMap<string, GroupPlan>;
  /** How a process of this group is started. Rejects where it can't be: an unknown user, say. */
  childSpecFor(plan: GroupPlan): Promise<ChildSpec>;
}

/** From so many redeliveries on a workitem runs alone: it may be what keeps bringing the pool down. */
const ALONE_FROM = 3;

export class Pool {
  readonly #tools: SettleTools;
  readonly #broker: Broker;
  readonly #host: InstanceHost;
  readonly #adoption = new Adoption();
  readonly #turnstile = new Turnstile();
  readonly #instances = new Map<string, Instance>();
  readonly #settling = new Set<Promise<void>>();
  /** Who waits for an instance to be gone, or to have tried to start. */
  readonly #whenGone = new Map<Instance, () => void>();
  readonly #whenTried = new Map<Instance, () => void>();
  #roster: Roster;
  #lastJob = 0;
  #isStopping = false;
  #reloads: Promise<void> = Promise.resolve();
  #forgetStatus: () => void = () => undefined;
  /** Workitems settled since the start. */
  settled = 0;

  constructor(options: PoolOptions) {
    this.#tools = options.tools;
    this.#broker = options.tools.broker;
    this.#host = this.#hostOfInstances(options);
    this.#roster = rosterOf(options.plans);
  }

  get instances(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  /** Processes start at once: a broker that is away keeps none of them waiting. */
  async start(): Promise<void> {
    this.#forgetStatus = this.#broker.onStatus(({ state }) => {
      if (state === 'connected') void this.#declare();
    });
    for (const [name, plan] of this.#roster) this.#launch(name, plan);
    await this.#broker.start();
  }

  /** Only what has changed is replaced; running workitems finish. Resolves when all is in place. */
  async reload(plans: ReadonlyMap<string, GroupPlan>): Promise<void> {
    this.#reloads = this.#reloads.then(() => this.#reload(rosterOf(plans)));
    await this.#reloads;
  }

  /** Running workitems finish within `stop_timeout`; the others go back to the broker. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forgetStatus();
    await Promise.all([...this.#instances.values()].map((instance) => this.#dismiss(instance)));
    await Promise.all(this.#settling);
    await this.#broker.stop();
  }

  /** Nobody waits any longer: all processes are ended, and `stop` resolves soon. */
  kill(): void {
    this.#isStopping = true;
    for (const instance of this.#instances.values()) instance.kill();
  }

  async #declare(): Promise<void> {
    const { queueType, logger } = this.#tools;
    const groups = [...new Set(this.#roster.values())].map(({ group }) => group);
    const types = new Set(groups.map(({ type }) => type));
    const results = new Set(groups.map(({ options }) => options.resultsRoutingKey).filter((key) => key !== ''));
    const outcome = await this.#broker.declare(
      together(
        internalDeclarations(),
        ...[...types].map((type) => workerDeclarations(type, queueType)),
        ...[...results].map((queue) => sharedQueue(queue, queueType)),
      ),
    );
    if (outcome.kind === 'refused') logger.warn({ reason: outcome.reason }, 'not all queues could be declared');
  }

  async #reload(after: Roster): Promise<void> {
    if (this.#isStopping) return;
    const change = changeOf(this.#roster, after);
    this.#roster = after;
    if (this.#broker.status.state === 'connected') await this.#declare();
    for (const name of change.start) this.#launch(name, after.get(name) as GroupPlan);
    const leaving = change.stop.map((name) => this.#dismiss(this.#instances.get(name)));
    for (const name of change.replace) {
      if (this.#isStopping) break;
      await this.#dismiss(this.#instances.get(name));
      if (!this.#isStopping) await this.#tried(this.#launch(name, after.get(name) as GroupPlan));
    }
    await Promise.all(leaving);
  }

  #launch(name: string, plan: GroupPlan): Instance {
    const instance = new Instance(name, plan, this.#host);
    this.#instances.set(name, instance);
    instance.start();
    return instance;
  }

  async #dismiss(instance: Instance | undefined): Promise<void> {
    if (!instance || instance.state.phase.name === 'gone') return;
    const isGone = new Promise<void>((resolve) => this.#whenGone.set(instance, resolve));
    instance.stop();
    await isGone;
  }

  #tried(instance: Instance): Promise<void> {
    return new Promise((resolve) => this.#whenTried.set(instance, resolve));
  }

  #take(instance: Instance, delivery: Delivery): void {
    if (this.#isStopping || !instance.isRunning) return void delivery.requeue();
    const now = this.#tools.clock.now();
    const known = delivery.redelivered ? this.#adoption.find(delivery, now) : undefined;
    if (known) return this.#adopt(known, delivery);

    const { plan, name } = instance;
    const counts = countsOf(delivery.message.headers);
    const job = jobFor({ number: ++this.#lastJob, delivery, plan, instance: name, counts, now });
    const { message } = job;
    const { redelivered } = delivery;
    const diversion = diversionOf({ message, redelivered, counts, now, maxMessageSize: plan.maxMessageSize });
    if (diversion) return this.#divert(job, diversion);
    this.#turnstile.pass(counts.redeliveries >= ALONE_FROM, () => this.#begin(instance, job));
  }

  #begin(instance: Instance, job: Job): void {
    if (!job.delivery.isOpen || !instance.isRunning) {
      job.delivery.requeue(); // it had to wait, and meanwhile its place is gone
      return this.#turnstile.leave();
    }
    job.startedAt = this.#tools.clock.now();
    this.#adoption.begins(job);
    instance.give(job);
  }

  /** What the broker takes for lost is still running here, or has just ended. */
  #adopt({ job, outcome }: Known, delivery: Delivery): void {
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, instance: job.instance };
    this.#tools.logger.info(fields, 'delivered again while it is known here: not started again');
    job.delivery = delivery;
    if (outcome) this.#settle(job, outcome);
  }

  #divert(job: Job, diversion: Diversion): void {
    switch (diversion.kind) {
      case 'park':
        return this.#settle(job, { kind: 'refused', refusal: diversion.refusal });
      case 'expire':
        return this.#settle(job, { kind: 'expired' });
      case 'postpone': {
        const why = 'its sender wants it so';
        const afterMs = diversion.untilMs - this.#tools.clock.now();
        return this.#track(
          settle(this.#tools, job, { kind: 'again', afterMs: Math.max(1, afterMs), counts: job.counts, why }),
        );
      }
      case 'recount': {
        const counts = { ...job.counts, redeliveries: diversion.redeliveries };
        return this.#track(settle(this.#tools, job, { kind: 'again', afterMs: 0, counts, why: 'delivered again' }));
      }
      default:
        return diversion satisfies never;
    }
  }

  #settle(job: Job, outcome: Outcome): void {
    this.#track(this.#settleUntilDone(job, outcome, settlementOf(job, outcome)));
  }

  /** A delivery that goes away on the way may have come back under another one by then: see `adoption.ts`. */
  async #settleUntilDone(job: Job, outcome: Outcome, settlement: Settlement): Promise<void> {
    let delivery: Delivery;
    do {
      delivery = job.delivery;
      if (await settle(this.#tools, job, settlement)) {
        this.#adoption.ends(job);
        this.settled++;
        return;
      }
    } while (job.delivery !== delivery);
    this.#adoption.ends(job);
    if (outcome.kind === 'handedBack') return; // the broker has it already
    this.#adoption.keep(job, outcome, this.#tools.clock.now());
    const fields = { workitem: job.envelope.id, type: job.envelope.workerType, outcome: outcome.kind };
    this.#tools.logger.warn(fields, 'the delivery was gone before its outcome was settled: it will be delivered again');
  }

  #track(settling: Promise<unknown>): void {
    const tracked = settling
      .catch((err: unknown) => this.#tools.logger.error({ err }, 'an outcome could not be settled'))
      .then(() => {
        this.#settling.delete(tracked);
      });
    this.#settling.add(tracked);
  }

  #hostOfInstances(options: PoolOptions): InstanceHost {
    return {
      tools: options.tools,
      childSpecFor: (plan) => options.childSpecFor(plan),
      onDelivery: (instance, delivery) => this.#take(instance, delivery),
      onOutcome: (job, outcome) => {
        this.#turnstile.leave();
        this.#settle(job, outcome);
      },
      onTried: (instance) => this.#whenTried.get(instance)?.(),
      onGone: (instance) => {
        if (this.#instances.get(instance.name) === instance) this.#instances.delete(instance.name);
        this.#whenTried.get(instance)?.();
        this.#whenTried.delete(instance);
        this.#whenGone.get(instance)?.();
        this.#whenGone.delete(instance);
      },
    };
  }
}
