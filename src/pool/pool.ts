// The service behind `taskqueue workerpool`: instances of every group, the workitems that they get (step 3 of the path) and
// what becomes of them (step 8). Decisions are made in the pure files beside this one.
import type { Broker, Delivery } from '../broker/broker.ts';
import { together } from '../broker/declarations.ts';
import { internalDeclarations, sharedQueue, workerDeclarations } from '../broker/topology.ts';
import type { ChildSpec } from '../child/spawn.ts';
import { pause } from '../core/clock.ts';
import { diversionOf } from './admission.ts';
import { countsOf, type Diversion } from './arrival.ts';
import { Instance, type InstanceHost } from './instance.ts';
import { type Job, jobFor } from './job.ts';
import type { GroupPlan } from './plan.ts';
import { changeOf, type Roster, rosterOf } from './roster.ts';
import type { SettleTools } from './settle.ts';
import { Settling } from './settling.ts';
import { Turnstile } from './turnstile.ts';

export interface PoolOptions {
  readonly tools: SettleTools;
  readonly plans: ReadonlyMap<string, GroupPlan>;
  /** How a process of this group is started. Rejects where it can't be: an unknown user, say. */
  childSpecFor(plan: GroupPlan): Promise<ChildSpec>;
}

/** From so many redeliveries on a workitem runs alone: it may be what keeps bringing the pool down. */
const ALONE_FROM = 3;
/** What the broker has not confirmed so long after the last process has ended stays with it. */
const SETTLE_WITHIN_MS = 10_000;

export class Pool {
  readonly #tools: SettleTools;
  readonly #broker: Broker;
  readonly #host: InstanceHost;
  readonly #settling: Settling;
  readonly #turnstile = new Turnstile();
  readonly #instances = new Map<string, Instance>();
  /** Who waits for an instance to be gone, or to have tried to start. */
  readonly #whenGone = new Map<Instance, (() => void)[]>();
  readonly #whenTried = new Map<Instance, () => void>();
  /** Nobody waits any longer. */
  readonly #hurry = new AbortController();
  #roster: Roster;
  #lastJob = 0;
  #isStopping = false;
  #reloads: Promise<void> = Promise.resolve();
  #forgetStatus: () => void = () => undefined;
  constructor(options: PoolOptions) {
    this.#tools = options.tools;
    this.#broker = options.tools.broker;
    this.#settling = new Settling(options.tools);
    this.#host = this.#hostOfInstances(options);
    this.#roster = rosterOf(options.plans);
  }

  get instances(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  /** Workitems settled since the start. */
  get settled(): number {
    return this.#settling.settled;
  }

  /** Processes start at once: a broker that is away keeps none of them waiting. */
  async start(): Promise<void> {
    this.#forgetStatus = this.#broker.onStatus(({ state }) => {
      if (state === 'connected') void this.#declare();
    });
    if (this.#broker.status.state === 'connected') void this.#declare(); // somebody else has started it
    for (const [name, plan] of this.#roster) this.#launch(name, plan);
    await this.#broker.start();
  }

  /** Only what has changed is replaced; running workitems finish. Resolves when all is in place. */
  async reload(plans: ReadonlyMap<string, GroupPlan>): Promise<void> {
    const reload = (): Promise<void> => this.#reload(rosterOf(plans));
    this.#reloads = this.#reloads.then(reload, reload);
    await this.#reloads;
  }

  /** Running workitems finish within `stop_timeout`; the others go back to the broker. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forgetStatus();
    await Promise.all([...this.#instances.values()].map((instance) => this.#dismiss(instance)));
    const enough = new AbortController();
    const late = pause(this.#tools.clock, SETTLE_WITHIN_MS, AbortSignal.any([enough.signal, this.#hurry.signal]));
    await Promise.race([this.#settling.idle(), late]);
    enough.abort();
    await this.#broker.stop();
  }

  /** Nobody waits any longer: all processes are ended, and `stop` resolves soon. */
  kill(): void {
    this.#isStopping = true;
    this.#hurry.abort();
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
    const isGone = new Promise<void>((resolve) => {
      this.#whenGone.set(instance, [...(this.#whenGone.get(instance) ?? []), resolve]);
    });
    instance.stop();
    this.#turnstile.review(); // what waited for it goes to another
    await isGone;
  }

  #tried(instance: Instance): Promise<void> {
    return new Promise((resolve) => this.#whenTried.set(instance, resolve));
  }

  #take(instance: Instance, delivery: Delivery): void {
    if (this.#isStopping || !instance.isRunning) return void delivery.requeue(); // its consumer is being stopped
    const now = this.#tools.clock.now();
    const counts = countsOf(delivery.message.headers);
    const { redelivered } = delivery;
    if ((redelivered || counts.redeliveries > 0) && this.#settling.adopts(delivery)) return;

    const { plan, name } = instance;
    const job = jobFor({ number: ++this.#lastJob, delivery, plan, instance: name, counts, now });
    const { message } = job;
    const diversion = diversionOf({ message, redelivered, counts, now, maxMessageSize: plan.maxMessageSize });
    if (diversion) return this.#divert(job, diversion);
    this.#turnstile.pass({
      isAlone: counts.redeliveries >= ALONE_FROM,
      isWaiting: () => delivery.isOpen && instance.isRunning,
      enter: () => this.#begin(instance, job),
      turnAway: () => void delivery.requeue(),
    });
  }

  #begin(instance: Instance, job: Job): void {
    this.#settling.begins(job);
    instance.give(job);
  }

  #divert(job: Job, diversion: Diversion): void {
    switch (diversion.kind) {
      case 'park':
        return this.#settling.settle(job, { kind: 'refused', refusal: diversion.refusal });
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

  #hostOfInstances(options: PoolOptions): InstanceHost {
    return {
      tools: options.tools,
      childSpecFor: (plan) => options.childSpecFor(plan),
      onDelivery: (instance, delivery) => this.#take(instance, delivery),
      onOutcome: (job, outcome) => {
        this.#settling.settle(job, outcome);
        this.#turnstile.leave();
      },
      onTried: (instance) => {
        this.#turnstile.review(); // where its process has ended, what waited for it goes to another
        this.#whenTried.get(instance)?.();
        this.#whenTried.delete(instance);
      },
      onGone: (instance) => {
        if (this.#instances.get(instance.name) === instance) this.#instances.delete(instance.name);
        this.#whenTried.get(instance)?.();
        this.#whenTried.delete(instance);
        for (const resolve of this.#whenGone.get(instance) ?? []) resolve();
        this.#whenGone.delete(instance);
      },
    };
  }
}
