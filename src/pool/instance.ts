// One instance: carries out what `instance-state.ts` decides, and holds the workitems that its process is working on. Each
// instance consumes its worker queue by itself, as many at once as its process takes: so a free instance is a free
// consumer, and one that dies takes only its own workitems along.

import type { Consumer, Delivery } from '../broker/broker.ts';
import { workerDeclarations, workerQueue } from '../broker/topology.ts';
import type { WorkerSetup } from '../child/protocol.ts';
import type { ChildSpec } from '../child/spawn.ts';
import { messageOf } from '../core/errors.ts';
import type { LogFields } from '../core/logger.ts';
import { FRESH, type InstanceEffect, type InstanceEvent, type InstanceState, nextState } from './instance-state.ts';
import { type Job, runOfJob } from './job.ts';
import type { GroupPlan } from './plan.ts';
import { carryOutReport } from './report-call.ts';
import type { SettleTools } from './settle.ts';
import type { Outcome } from './settlement.ts';
import { outcomeOf } from './worker-outcome.ts';
import { WorkerProcess, type WorkFrame } from './worker-process.ts';

/** What the pool does for its instances. */
export interface InstanceHost {
  readonly tools: SettleTools;
  /** How a process of this group is started. Rejects where it can't be: an unknown user, say. */
  childSpecFor(plan: GroupPlan): Promise<ChildSpec>;
  onDelivery(instance: Instance, delivery: Delivery): void;
  onOutcome(job: Job, outcome: Outcome): void;
  /** For the first time it is ready, or its process has ended. */
  onTried(instance: Instance): void;
  /** It has stopped for good. */
  onGone(instance: Instance): void;
}

export class Instance {
  readonly name: string;
  readonly plan: GroupPlan;
  readonly #host: InstanceHost;
  readonly #jobs = new Map<number, Job>();
  readonly #deadlines = new Map<number, () => void>();
  /** Jobs whose time was up when their process was killed, with that time. */
  readonly #overtime = new Map<number, number>();
  #state: InstanceState = FRESH;
  #process: WorkerProcess | undefined;
  #consumer: Consumer | undefined;
  #cancelTimer: () => void = () => undefined;
  #cancelWarning: () => void = () => undefined;
  /** The handlers know that the pool stops: what they throw now is no failure. */
  #isWarned = false;

  constructor(name: string, plan: GroupPlan, host: InstanceHost) {
    this.name = name;
    this.plan = plan;
    this.#host = host;
  }

  get state(): InstanceState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get jobs(): ReadonlyMap<number, Job> {
    return this.#jobs;
  }

  get isRunning(): boolean {
    return this.#state.phase.name === 'running';
  }

  start(): void {
    this.#on({ kind: 'timer' });
  }

  /** Takes nothing more; `onGone` follows when its work is done, or its time to finish it is up. */
  stop(): void {
    this.#on({ kind: 'stop' });
  }

  /** At once: what it works on goes back to the broker. */
  kill(): void {
    this.#on({ kind: 'kill' });
  }

  /** Hands a job to the process. */
  give(job: Job): void {
    const { number, envelope, counts, attemptsAllowed, message } = job;
    this.#jobs.set(number, job);
    if (job.timeoutMs !== null) this.#watch(job, job.timeoutMs);
    const isLastAttempt = counts.attempt >= attemptsAllowed;
    this.#process?.send({ kind: 'work', job: number, envelope, attempt: counts.attempt, isLastAttempt }, message.body);
    const about = { at: job.startedAt, id: envelope.id, type: envelope.workerType, run: runOfJob(job) };
    this.#host.tools.events({ v: 1, ...about, kind: 'started', instance: this.name, attempt: counts.attempt });
  }

  #on(event: InstanceEvent): void {
    const { options } = this.plan.group;
    const [next, effects] = nextState(this.#state, event, this.#host.tools.clock.now(), options);
    this.#state = next;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: InstanceEffect): void {
    const { clock, logger, events } = this.#host.tools;
    const type = this.plan.group.type;
    switch (effect.kind) {
      case 'spawn':
        return void this.#spawn();
      case 'timer':
        this.#cancelTimer();
        this.#cancelTimer = clock.after(effect.afterMs, () => this.#on({ kind: 'timer' }));
        return;
      case 'noTimer':
        return this.#cancelTimer();
      case 'consume':
        return this.#consume();
      case 'release':
        this.#cancelWarning = clock.after(this.#warnAfterMs(), () => this.#warn());
        return void this.#release();
      case 'tellStop':
        return this.#process?.send({ kind: 'stop' });
      case 'kill':
        this.#process?.kill(effect.why);
        return;
      case 'died': {
        const fields = { type, instance: this.name, restartInMs: effect.restartInMs };
        if (effect.isFailing) logger.error(fields, `keeps failing: the worker process ${effect.how}`);
        else logger.warn(fields, `the worker process ${effect.how}; starting another`);
        const base = { v: 1, at: clock.now(), instance: this.name, type } as const;
        events({ ...base, kind: 'died', how: effect.how, restartInMs: effect.restartInMs });
        if (effect.isFailing) events({ ...base, kind: 'failing', why: effect.how });
        return;
      }
      case 'gone':
        this.#cancelWarning();
        events({ v: 1, at: clock.now(), instance: this.name, type, kind: 'gone' });
        return this.#host.onGone(this);
      default:
        return effect satisfies never;
    }
  }

  async #spawn(): Promise<void> {
    const { tools } = this.#host;
    try {
      const spec = await this.#host.childSpecFor(this.plan);
      if (this.#state.phase.name !== 'starting') return this.#on({ kind: 'ended', how: 'was not needed any more' });
      this.#process = new WorkerProcess({
        spec,
        setup: this.#setup(),
        logger: tools.logger,
        clock: tools.clock,
        currentFields: () => this.#currentFields(),
        onReady: (pid) => {
          tools.logger.info({ type: this.plan.group.type, instance: this.name, pid }, 'ready');
          tools.events({
            v: 1,
            at: tools.clock.now(),
            instance: this.name,
            type: this.plan.group.type,
            kind: 'ready',
            pid,
          });
          this.#on({ kind: 'ready' });
          this.#host.onTried(this);
        },
        onFrame: (frame, body) => this.#receive(frame, body),
        onEnded: (how, lastLines) => this.#ended(how, lastLines),
      });
    } catch (err) {
      this.#on({ kind: 'ended', how: `could not be started: ${messageOf(err)}` });
      this.#host.onTried(this);
    }
  }

  #setup(): WorkerSetup {
    const { group, module, formats, defaultWorkitemType, workitemTypeMap, maxMessageSize } = this.plan;
    const given = { module, formats, defaultWorkitemType, workitemTypeMap, maxMessageSize };
    return { kind: 'setup', type: group.type, instance: this.name, settings: group.settings, ...given };
  }

  /** Lines of the process belong to a workitem where it has only one. */
  #currentFields(): LogFields {
    const [only, ...others] = this.#jobs.values();
    return only && others.length === 0 ? { workitem: only.envelope.id } : {};
  }

  #consume(): void {
    const { broker, queueType } = this.#host.tools;
    this.#consumer = broker.consume({
      queue: workerQueue(this.plan.group.type),
      declarations: workerDeclarations(this.plan.group.type, queueType),
      prefetch: this.plan.group.options.concurrency,
      onDelivery: (delivery) => this.#host.onDelivery(this, delivery),
    });
  }

  async #release(): Promise<void> {
    await this.#stopConsuming();
    this.#checkIdle();
  }

  async #stopConsuming(): Promise<void> {
    const consumer = this.#consumer;
    await consumer?.stop();
    if (this.#consumer === consumer) this.#consumer = undefined;
  }

  #checkIdle(): void {
    if (this.#state.phase.name === 'stopping' && this.#consumer === undefined && this.#jobs.size === 0) {
      this.#on({ kind: 'idle' });
    }
  }

  /** A process can only speak of the jobs that it has been given. */
  #receive(frame: WorkFrame, body: Buffer): void {
    const job = frame.job === null ? undefined : this.#jobs.get(frame.job);
    if (!job) {
      if (frame.kind === 'outcome')
        this.#process?.kill(`broke the protocol: it answered job ${frame.job}, which it does not have`);
      else if (frame.kind === 'log') this.#log(frame);
      return; // what comes late, after the outcome, is of no use to anybody
    }
    switch (frame.kind) {
      case 'outcome':
        this.#forget(job);
        this.#host.onOutcome(job, this.#outcomeSaid(outcomeOf(frame.outcome, body)));
        return this.#checkIdle();
      case 'publish':
        return void this.#report(job, frame, body);
      case 'progress': {
        const about = { at: this.#host.tools.clock.now(), id: job.envelope.id, type: job.envelope.workerType };
        const { fraction, note } = frame;
        return this.#host.tools.events({ v: 1, ...about, run: runOfJob(job), kind: 'progress', fraction, note });
      }
      case 'log':
        return this.#log(frame, job);
      default:
        return frame satisfies never;
    }
  }

  async #report(job: Job, frame: Extract<WorkFrame, { kind: 'publish' }>, body: Buffer): Promise<void> {
    const process = this.#process;
    const error = await carryOutReport(this.#host.tools, job, frame, body);
    process?.send({ kind: 'published', call: frame.call, error });
  }

  #log(frame: Extract<WorkFrame, { kind: 'log' }>, job?: Job): void {
    const about = { workitem: job?.envelope.id, type: this.plan.group.type, instance: this.name, pid: this.pid };
    this.#host.tools.logger[frame.level]({ ...frame.fields, ...about }, frame.message);
  }

  /** First the signal, then, `kill_timeout` later, the end of the process. */
  #watch(job: Job, limitMs: number): void {
    const { clock } = this.#host.tools;
    const cut = (): void => {
      this.#overtime.set(job.number, limitMs);
      this.#process?.kill(`was ended: a workitem took longer than its time`);
    };
    const warn = (): void => {
      this.#process?.send({ kind: 'abort', job: job.number, reason: 'timeout' });
      this.#deadlines.set(job.number, clock.after(this.plan.group.options.killTimeoutMs, cut));
    };
    this.#deadlines.set(job.number, clock.after(limitMs, warn));
  }

  /** Handlers get the last part of `stop_timeout` to end by themselves. */
  #warnAfterMs(): number {
    const { stopTimeoutMs, killTimeoutMs } = this.plan.group.options;
    return stopTimeoutMs - Math.min(killTimeoutMs, stopTimeoutMs / 2);
  }

  #warn(): void {
    this.#isWarned = true;
    for (const job of this.#jobs.keys()) this.#process?.send({ kind: 'abort', job, reason: 'shutdown' });
  }

  #outcomeSaid(outcome: Outcome): Outcome {
    return this.#isWarned && outcome.kind === 'threw' ? { kind: 'handedBack' } : outcome;
  }

  #forget(job: Job): void {
    this.#jobs.delete(job.number);
    this.#deadlines.get(job.number)?.();
    this.#deadlines.delete(job.number);
  }

  #ended(how: string, lastLines: string): void {
    this.#process = undefined;
    void this.#stopConsuming();
    const isOurs = this.#state.phase.name === 'stopping';
    for (const job of [...this.#jobs.values()]) {
      this.#forget(job);
      this.#host.onOutcome(job, this.#outcomeOfEnd(job, isOurs, how, lastLines));
    }
    this.#overtime.clear();
    this.#on({ kind: 'ended', how });
    this.#host.onTried(this);
  }

  /** When a process is ended because of one job, the others that it had are innocent: they go back. */
  #outcomeOfEnd(job: Job, isOurs: boolean, how: string, lastLines: string): Outcome {
    const limitMs = this.#overtime.get(job.number);
    if (limitMs !== undefined) return { kind: 'overtime', limitMs, lastLines };
    return isOurs || this.#overtime.size > 0 ? { kind: 'handedBack' } : { kind: 'crashed', how, lastLines };
  }
}
