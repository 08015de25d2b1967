// One instance: carries out what `instance-state.ts` decides, and holds the workitems that its process is working on.
import { messageOf } from '../core/errors.ts';
import { suspectTimes } from './alone-times.ts';
import { Bench } from './bench.ts';
import { Endings } from './endings.ts';
import { giveTo, lineUpAt } from './hand-over.ts';
import type { InstanceHost } from './instance-host.ts';
import { type InstanceNews, newsOf } from './instance-news.ts';
import { FRESH, type InstanceEffect, type InstanceEvent, type InstanceState, nextState } from './instance-state.ts';
import { Intake } from './intake.ts';
import { fieldsOf, type Job } from './job.ts';
import type { GroupPlan } from './plan.ts';
import type { RunningProcess, WorkFrame } from './process-life.ts';
import { answerReport } from './report-call.ts';
import { receiveStray } from './stray-frame.ts';

export class Instance {
  readonly name: string;
  readonly plan: GroupPlan;
  readonly #host: InstanceHost;
  /** The workitems that it has. One that is added gets to the process as soon as there is a place; an outcome follows. */
  readonly bench: Bench;
  /** How many workitems its process has handled. */
  tasks = 0;
  readonly #endings: Endings;
  readonly #news: InstanceNews;
  #state: InstanceState;
  #process: RunningProcess | undefined;
  readonly #intake: Intake;
  #isHeld = false;
  #isRetired = false;
  #cancelTimer: () => void = () => undefined;

  /** @param places how many workitems at once, until it is granted others */
  constructor(name: string, plan: GroupPlan, host: InstanceHost, places = plan.group.options.concurrency) {
    this.name = name;
    this.plan = plan;
    this.#host = host;
    this.#state = { ...FRESH, since: host.tools.clock.now() };
    this.bench = new Bench({
      clock: host.tools.clock,
      places,
      start: (job, isLinedUp) => this.#start(job, isLinedUp),
      urge: (job) => void this.#give(job),
      // Not while it shares its places with the process that it takes over from.
      lineUp: (job) => this.bench.places === plan.group.options.concurrency && lineUpAt(this.#process, job),
      takeBack: () => this.#process?.takeBack() ?? [],
      turnAway: (job) => host.onOutcome(job, { kind: 'handedBack' }),
      pass: (job) => host.onOutcome(job, { kind: 'notStarted' }),
      postpone: (job) => host.onOutcome(job, { kind: 'postponed', afterMs: suspectTimes(job.counts).postponedMs }),
      isSeated: (delivery) => this.#intake.isSeated(delivery),
      want: (count) => this.takesWork && this.#intake.want(count),
    });
    this.#intake = new Intake(host.tools, plan.group.type, {
      onDelivery: (delivery) => host.onDelivery(this, delivery),
      hasRoom: () => this.takesWork && this.bench.hasRoom,
    });
    this.#news = newsOf(host.tools, name, plan.group.type);
    this.#endings = new Endings({
      clock: host.tools.clock,
      deadlines: plan.group.options,
      send: (frame) => void this.#process?.send(frame),
      kill: (why) => this.#process?.kill(why),
    });
  }

  get state(): InstanceState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What its process works on. */
  get jobs(): ReadonlyMap<number, Job> {
    return this.bench.working;
  }

  get isRunning(): boolean {
    return this.#state.phase.name === 'running';
  }

  /** Whether it may begin with something new. */
  get takesWork(): boolean {
    return this.isAvailable && !this.isPaused;
  }

  /** Nothing of its type may begin. */
  get isPaused(): boolean {
    return this.#host.tools.orders.pauseOf(this.plan.group.type) !== undefined;
  }

  /** Whether it may begin with what was let in alone, though nothing else comes to it for the sake of that. */
  get isOnDuty(): boolean {
    return this.isRunning && !this.#isRetired && !this.isPaused;
  }

  /** It could begin with something new, if there was anything that may. */
  get isAvailable(): boolean {
    return this.isRunning && this.#process !== undefined && !this.#isHeld && !this.#isRetired;
  }

  start(): void {
    this.#on({ kind: 'timer' });
  }

  /** How many workitems at once, from now on. */
  grant(places: number): void {
    this.bench.places = places;
    this.#consume();
  }

  /** Resolves when nothing new comes to it any more, until it is let go. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    const isClosed = this.#intake.close();
    this.bench.passWaiting(); // somebody may let it go for that
    await isClosed;
  }

  letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#consume();
  }

  /** Its type has been paused, or resumed. What runs goes on; what only waits here goes back. */
  heedPause(): void {
    if (this.takesWork) return this.#consume();
    if (!this.isAvailable) return; // it takes nothing anyway
    this.bench.passWaiting();
    void this.#intake.close();
  }

  /** Takes nothing more, and stops when what it has is done, however long that takes. */
  retire(): void {
    this.#isRetired = true;
    if (!this.isRunning) return this.stop();
    this.bench.passWaiting();
    void this.#release();
  }

  /** Takes nothing more; `onGone` follows when its work is done, or its time to finish it is up. */
  stop(): void {
    this.#on({ kind: 'stop' });
  }

  /** At once: what it works on goes back to the broker. */
  kill(): void {
    this.#on({ kind: 'kill' });
  }

  /** Ends those of its workitems that have been cancelled: at once where they only wait here, else through their handlers. */
  cancel(): void {
    const { orders } = this.#host.tools;
    for (const job of [...this.bench.waiting]) {
      const cancellation = orders.cancellationOf(job.message);
      if (cancellation && this.bench.takeAway(job)) this.#host.onOutcome(job, { kind: 'cancelled', cancellation });
    }
    for (const job of this.jobs.values()) {
      const cancellation = orders.cancellationOf(job.message);
      if (cancellation) this.#endings.cancel(job, cancellation);
    }
  }

  #start(job: Job, isLinedUp: boolean): void {
    if (!isLinedUp && !this.#give(job)) return;
    job.startedAt = this.#host.tools.clock.now();
    this.#endings.begun(job);
    this.#news.started(job);
  }

  /** False where its process is dead: `#ended` follows. */
  #give(job: Job): boolean {
    const isGiven = giveTo(this.#process, job);
    if (!isGiven) this.#endings.tooLate(job);
    return isGiven;
  }

  #on(event: InstanceEvent): void {
    const { options } = this.plan.group;
    const [next, effects] = nextState(this.#state, event, this.#host.tools.clock.now(), options);
    this.#state = next;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: InstanceEffect): void {
    const { clock } = this.#host.tools;
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
        this.#endings.warnInTime(() => this.jobs.values());
        this.bench.passWaiting();
        return void this.#release();
      case 'tellStop':
        return void this.#process?.send({ kind: 'stop' });
      case 'kill':
        return this.#process?.kill(effect.why);
      case 'died':
        return this.#news.died(effect);
      case 'gone':
        this.#endings.over();
        this.#news.gone();
        return this.#host.onGone(this);
      default:
        return effect satisfies never;
    }
  }

  async #spawn(): Promise<void> {
    const { tools } = this.#host;
    this.tasks = 0;
    try {
      const spec = await this.#host.childSpecFor(this.plan);
      if (this.#state.phase.name !== 'starting') return this.#on({ kind: 'ended', how: 'was not needed any more' });
      this.#process = this.#host.startProcess(this.plan, this.name, spec, {
        logger: tools.logger,
        clock: tools.clock,
        currentFields: () => fieldsOf(this.jobs),
        onReady: (pid) => {
          this.#news.ready(pid);
          this.#on({ kind: 'ready' });
          this.#host.onTried(this);
        },
        onFrame: (frame, body) => this.#receive(frame, body),
        onTurnless: () => this.bench.breakUp(),
        onEnded: (how, lastLines) => this.#ended(how, lastLines),
      });
    } catch (err) {
      this.#on({ kind: 'ended', how: `could not be started: ${messageOf(err)}` });
      this.#host.onTried(this);
    }
  }

  #consume(): void {
    if (this.takesWork) this.bench.sayWantedAnew();
  }

  async #release(): Promise<void> {
    await this.#intake.close();
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (!this.#intake.isClosed || !this.bench.isEmpty) return;
    if (this.#isRetired && this.isRunning) this.#on({ kind: 'stop' });
    if (this.#state.phase.name === 'stopping') this.#on({ kind: 'idle' });
  }

  /** A process can only speak of the jobs that it has been given. */
  #receive(frame: WorkFrame, body: Buffer): void {
    const job = frame.job === null ? undefined : this.jobs.get(frame.job);
    if (!job) return this.#process && receiveStray(this.#process, this.#news, frame, body);
    switch (frame.kind) {
      case 'outcome':
        this.bench.finished(job);
        this.#host.onOutcome(job, this.#endings.ofJob(job, frame.outcome, body));
        this.tasks++;
        this.#host.onFreed(this);
        return this.#checkIdle();
      case 'publish':
        return void (this.#process && answerReport(this.#host.tools, this.#process, job, frame, body));
      case 'progress':
        job.progress = { fraction: frame.fraction, note: frame.note };
        return this.#news.progress(job, frame.fraction, frame.note);
      case 'log':
        return this.#news.said(frame, job, this.pid);
      default:
        return frame satisfies never;
    }
  }

  #ended(how: string, lastLines: string): void {
    this.bench.breakUp();
    this.#process = undefined;
    void this.#intake.close();
    const isOurs = this.#state.phase.name === 'stopping';
    this.bench.passWaiting();
    for (const [job, outcome] of this.#endings.ofProcess([...this.jobs.values()], { isOurs, how, lastLines })) {
      this.bench.remove(job);
      this.#host.onOutcome(job, outcome);
    }
    if (this.#isRetired) this.#on({ kind: 'stop' }); // it is not to have another process
    this.#on({ kind: 'ended', how });
    this.#host.onFreed(this);
    this.#host.onTried(this);
  }
}
