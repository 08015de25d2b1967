// The service behind `taskqueue workerpool`: instances of every group, the workitems that they get (step 3 of the path) and
// what becomes of them (step 8). Decisions are made in the pure files beside this one.
import type { Broker } from '../broker/broker.ts';
import { together } from '../broker/declarations.ts';
import { internalDeclarations, sharedQueue, workerDeclarations } from '../broker/topology.ts';
import { residentBytes } from '../child/memory.ts';
import type { ChildSpec } from '../child/spawn.ts';
import type { OrderChange } from '../control/standing.ts';
import { within } from '../core/clock.ts';
import { seeToQueues } from '../handling/see-to-queues.ts';
import type { Service } from '../service/service.ts';
import { Entrance } from './entrance.ts';
import { Instance } from './instance.ts';
import type { InstanceHost } from './instance-host.ts';
import type { Job } from './job.ts';
import { type LeaseOptions, Leases } from './leases.ts';
import type { GroupPlan } from './plan.ts';
import { changeOf, type Roster, rosterOf } from './roster.ts';
import type { SettleTools } from './settle.ts';
import { Settling } from './settling.ts';
import { StartQueue, startOrder } from './start-order.ts';
import { type StartProcess, startProcess } from './start-process.ts';
import { Succession } from './succession.ts';

export interface PoolOptions {
  readonly tools: SettleTools;
  readonly plans: ReadonlyMap<string, GroupPlan>;
  /** How a process of this group is started. Rejects where it can't be: an unknown user, say. */
  childSpecFor(plan: GroupPlan): Promise<ChildSpec>;
  /** Left out: nobody is told or answered anything. Stopped while there still is a broker. */
  readonly control?: Service;
  /** Left out: what runs for long is not kept by leases. */
  readonly leases?: LeaseOptions;
  /** Left out: as `start-process.ts` does. */
  readonly startProcess?: StartProcess;
  /** How many bytes of memory a process has; the kernel is asked where nobody else is given. */
  memoryOf?(pid: number): number | undefined;
  /** How many processes may be starting at the same time. Left out: all. */
  readonly startsAtOnce?: number;
}

/** What the broker has not confirmed so long after the last process has ended stays with it. */
const SETTLE_WITHIN_MS = 10_000;

export class Pool {
  readonly #tools: SettleTools;
  readonly #broker: Broker;
  readonly #host: InstanceHost;
  readonly #settling: Settling;
  readonly #entrance: Entrance;
  readonly #leases: Leases | undefined;
  readonly #control: Service | undefined;
  /** All that are not gone. While one takes over from another, two have the same name. */
  readonly #instances = new Set<Instance>();
  readonly #succession: Succession;
  readonly #starts: StartQueue<Instance>;
  /** Who waits for an instance to be gone, or to have tried to start. */
  readonly #whenGone = new Map<Instance, (() => void)[]>();
  readonly #whenTried = new Map<Instance, () => void>();
  /** Nobody waits any longer. */
  readonly #hurry = new AbortController();
  #roster: Roster;
  #isStopping = false;
  #areOrdersKnown = false;
  #reloads: Promise<void> = Promise.resolve();
  #forgetStatus: () => void = () => undefined;
  #forgetOrders: () => void = () => undefined;
  constructor(options: PoolOptions) {
    this.#tools = options.tools;
    this.#broker = options.tools.broker;
    this.#settling = new Settling(options.tools);
    this.#settling.onMoved = (job) => {
      for (const instance of this.#instances) instance.bench.moved(job);
    };
    this.#control = options.control;
    this.#leases = options.leases && new Leases(options.tools, this.#settling, options.leases);
    this.#entrance = new Entrance({
      tools: options.tools,
      settling: this.#settling,
      instances: this.#instances,
      hurry: this.#hurry.signal,
    });
    this.#host = this.#hostOfInstances(options);
    this.#succession = new Succession({
      logger: options.tools.logger,
      instances: this.#instances,
      launch: (old) => this.#launch(old.name, old.plan, 0),
      memoryOf: options.memoryOf ?? residentBytes,
      onRoom: (name) => void this.#fill(name),
    });
    this.#starts = new StartQueue(options.tools.clock, options.startsAtOnce ?? Number.POSITIVE_INFINITY);
    this.#roster = rosterOf(options.plans);
  }

  get instances(): readonly Instance[] {
    return [...this.#instances];
  }

  /** Which there shall be, by name. */
  get roster(): Roster {
    return this.#roster;
  }

  /** Workitems whose outcome is known, and not settled yet. */
  get ending(): Iterable<Job> {
    return this.#settling.ending;
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
    this.#forgetOrders = this.#tools.orders.onChange((change) => this.#obey(change));
    this.#leases?.start();
    for (const [name, plan] of startOrder(this.#roster)) this.#launch(name, plan);
    void this.#tools.orders.known.then(() => this.#mayBegin());
    await this.#control?.start();
    await this.#broker.start();
  }

  /** What was ordered while nobody was here is known: workitems may come. */
  #mayBegin(): void {
    this.#areOrdersKnown = true;
    if (!this.#entrance.isOneAlone) for (const instance of this.#instances) instance.letGo();
  }

  /**
   * Only what has changed is replaced; running workitems finish, however long they take. Resolves when all is in place;
   * processes that work for longer than `stop_timeout` are still there then, and beside them those that replace them.
   */
  async reload(plans: ReadonlyMap<string, GroupPlan>): Promise<void> {
    const reload = (): Promise<void> => this.#reload(rosterOf(plans));
    this.#reloads = this.#reloads.then(reload, reload);
    await this.#reloads;
  }

  /** Running workitems finish within `stop_timeout`; the others go back to the broker. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forgetStatus();
    await this.#dismiss(this.#instances, (instance) => instance.stop());
    await within(this.#tools.clock, SETTLE_WITHIN_MS, this.#settling.idle(), this.#hurry.signal);
    this.#forgetOrders();
    await this.#leases?.stop();
    await this.#control?.stop();
    await this.#broker.stop();
  }

  /** Nobody waits any longer: all processes are ended, and `stop` resolves soon. */
  kill(): void {
    this.#isStopping = true;
    this.#hurry.abort();
    for (const instance of this.#instances) instance.kill();
  }

  #obey(change: OrderChange): void {
    switch (change.kind) {
      case 'cancelled':
        for (const instance of this.#instances) instance.cancel();
        return this.#entrance.review(); // what waits to begin does so no longer
      case 'paused':
        for (const instance of this.#instances) if (instance.plan.group.type === change.type) instance.heedPause();
        return this.#entrance.review();
      default:
        return change satisfies never;
    }
  }

  async #declare(): Promise<void> {
    const { queueType } = this.#tools;
    const groups = [...new Set(this.#roster.values())].map(({ group }) => group);
    const types = new Set(groups.map(({ type }) => type));
    const results = new Set(groups.map(({ options }) => options.resultsRoutingKey).filter((key) => key !== ''));
    await seeToQueues(
      this.#tools,
      together(
        internalDeclarations(),
        ...[...types].map((type) => workerDeclarations(type, queueType)),
        ...[...results].map((queue) => sharedQueue(queue, queueType)),
      ),
    );
  }

  async #reload(after: Roster): Promise<void> {
    if (this.#isStopping) return;
    const change = changeOf(this.#roster, after);
    this.#roster = after;
    if (this.#broker.status.state === 'connected') await this.#declare();
    if (this.#isStopping) return;
    // Not all are free: an earlier reload may have let one of that name finish.
    const taken = change.start.filter((name) => this.#called(name).length > 0);
    for (const name of change.start) if (!taken.includes(name)) this.#launch(name, after.get(name) as GroupPlan);
    const leaving = change.stop.map((name) => this.#replace(name));
    for (const name of [...change.replace, ...taken]) await this.#replace(name);
    await Promise.all(leaving);
  }

  /** By what the roster says now. Others wait for its work no longer than a stop would: then there are two for a while. */
  async #replace(name: string): Promise<void> {
    if (this.#isStopping) return;
    const leaving = this.#called(name).filter((instance) => !this.#succession.isLate(instance));
    const patienceMs = Math.max(0, ...leaving.map(({ plan }) => plan.group.options.stopTimeoutMs));
    const gone = this.#dismiss(leaving, (instance) => instance.retire());
    await within(this.#tools.clock, patienceMs, gone, this.#hurry.signal);
    if (this.#isStopping) return;
    for (const instance of leaving) if (this.#instances.has(instance)) this.#succession.late(instance);
    await this.#fill(name);
  }

  async #fill(name: string): Promise<void> {
    const plan = this.#roster.get(name);
    if (this.#isStopping || plan === undefined || !this.#succession.hasRoom(name, plan)) return;
    const successor = this.#launch(name, plan, 0);
    this.#succession.share(name);
    await this.#tried(successor);
  }

  #called(name: string): Instance[] {
    return [...this.#instances].filter((instance) => instance.name === name);
  }

  #launch(name: string, plan: GroupPlan, places?: number): Instance {
    const instance = new Instance(name, plan, this.#host, places);
    this.#instances.add(instance);
    if (this.#entrance.isOneAlone || !this.#areOrdersKnown) void instance.hold();
    this.#starts.add(instance, () => instance.start());
    return instance;
  }

  /** Resolves when they are gone. */
  async #dismiss(instances: Iterable<Instance>, leave: (instance: Instance) => void): Promise<void> {
    await Promise.all(
      Array.from(instances, (instance) => {
        const isGone = new Promise<void>((resolve) => {
          this.#whenGone.set(instance, [...(this.#whenGone.get(instance) ?? []), resolve]);
        });
        leave(instance);
        this.#entrance.review(); // what waited for it goes to another
        return isGone;
      }),
    );
  }

  #tried(instance: Instance): Promise<void> {
    return new Promise((resolve) => this.#whenTried.set(instance, resolve));
  }

  #hostOfInstances(options: PoolOptions): InstanceHost {
    return {
      tools: options.tools,
      childSpecFor: (plan) => options.childSpecFor(plan),
      startProcess: options.startProcess ?? startProcess,
      onDelivery: (instance, delivery) => {
        if (this.#isStopping) return void delivery.requeue(); // its consumer is being stopped
        this.#entrance.take(instance, delivery);
      },
      onOutcome: (job, outcome) => {
        this.#settling.settle(job, outcome);
        this.#entrance.leave();
      },
      onFreed: (instance) => {
        if (!this.#isStopping) this.#succession.checkWear(instance);
        this.#succession.freed(instance);
      },
      onTried: (instance) => {
        this.#starts.done(instance);
        this.#entrance.review(); // where its process has ended, what waited for it goes to another
        this.#succession.tried(instance);
        this.#whenTried.get(instance)?.();
        this.#whenTried.delete(instance);
      },
      onGone: (instance) => {
        this.#instances.delete(instance);
        this.#starts.done(instance);
        this.#succession.gone(instance);
        this.#whenTried.get(instance)?.();
        this.#whenTried.delete(instance);
        for (const resolve of this.#whenGone.get(instance) ?? []) resolve();
        this.#whenGone.delete(instance);
      },
    };
  }
}
