// The jobs that this process is working on. Most begin at once: how many run at a time is the pool's business. Others are
// lined up, and begin when one has ended and it is their turn. What they say on the way goes out as frames, and ends with
// one outcome each.
import type { FramePort } from '../child/frames.ts';
import { createProgress, type Progress } from '../child/progress.ts';
import type { FromWorker, ToWorker, Work } from '../child/protocol.ts';
import type { Clock } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import type { Logger } from '../core/logger.ts';
import type { Context } from './base-worker.ts';
import { frameLogger, type LogFrame } from './frame-logger.ts';
import { LateAbort } from './late-abort.ts';
import type { Job } from './work-on.ts';
import type { Workshop } from './workshop.ts';

type AbortReason = Extract<ToWorker, { kind: 'abort' }>['reason'];

interface RuntimeOptions {
  readonly instance: string;
  readonly workshop: Workshop;
  readonly port: Pick<FramePort<FromWorker>, 'send'>;
  readonly clock: Clock;
  /** How many of those that are lined up may run at once. */
  readonly concurrency: number;
  /** Whether a job that is lined up may begin: it may have been taken back. Asked in the order in which they came. */
  isItsTurn(job: number): boolean;
  /** False where there is no room for the line. */
  sendLog(frame: LogFrame): boolean;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #running = new Map<number, LateAbort>();
  readonly #linedUp: (readonly [work: Work, rawBody: Buffer])[] = [];
  /** Those of them that nobody wants any more. */
  readonly #cancelled = new Set<number>();
  readonly #idle = deferred<void>();
  #isStopping = false;
  /** The handlers know that the pool stops: what they throw now goes back to the broker, and is no failure. */
  #isCalledOff = false;

  constructor(options: RuntimeOptions) {
    this.#options = options;
  }

  /** Resolves when no job runs, after `stop`. */
  get stopped(): Promise<void> {
    return this.#idle.promise;
  }

  /** Begins by itself when it is free for it, and if it is not taken back before. */
  lineUp(work: Work, rawBody: Buffer): void {
    this.#linedUp.push([work, rawBody]);
    this.#proceed();
  }

  #proceed(): void {
    while (this.#running.size < this.#options.concurrency) {
      const next = this.#linedUp.shift();
      if (!next) return;
      if (this.#options.isItsTurn(next[0].job)) void this.work(...next);
    }
  }

  async work(work: Work, rawBody: Buffer): Promise<void> {
    const { clock, port, workshop } = this.#options;
    const { job } = work;
    const abort = new LateAbort();
    const progress = createProgress(clock, (fraction, note) => port.send({ kind: 'progress', job, fraction, note }));
    const logger = frameLogger(this.#options.sendLog, job);
    const context = this.#contextFor(work, abort, logger, progress);
    this.#running.set(job, abort);
    const isCalledOff = (): boolean => this.#isCalledOff;
    const isCancelled = (): boolean => this.#cancelled.has(job);
    const told = { ...describe(work), isCalledOff, isCancelled };
    const { outcome, body } = await workshop.workOn({ ...told, rawBody, context, logger });
    progress.end();
    port.send({ kind: 'outcome', job, outcome }, body);
    this.#running.delete(job);
    this.#cancelled.delete(job);
    this.#settleStop();
    if (this.#linedUp.length > 0) setImmediate(() => this.#proceed()); // whatever else the plugin does has its turn, too
  }

  /** A job that has ended meanwhile is beyond that. */
  abort(job: number, reason: AbortReason): void {
    if (reason === 'shutdown') this.#isCalledOff = true;
    if (reason === 'cancel' && this.#running.has(job)) this.#cancelled.add(job);
    this.#running.get(job)?.abort(reasonFor(reason));
  }

  stop(): void {
    this.#isStopping = true;
    this.#settleStop();
  }

  #settleStop(): void {
    if (this.#isStopping && this.#running.size === 0) this.#idle.resolve();
  }

  #contextFor(work: Work, abort: LateAbort, logger: Logger, progress: Progress): Context {
    const { traceparent } = work.envelope.headers;
    return Object.freeze({
      get signal() {
        return abort.signal;
      },
      attempt: work.attempt,
      logger,
      settings: this.#options.workshop.settings,
      instance: this.#options.instance,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      progress: (fraction: number, note?: string) => progress.report(fraction, note),
    });
  }
}

function describe({ job, envelope, isLastAttempt }: Work): Pick<Job, 'job' | 'envelope' | 'isLastAttempt'> {
  return { job, envelope, isLastAttempt };
}

/**
 * Named as the platform names them: `signal.throwIfAborted()` and `fetch` throw these. `cause` is for plugins to tell them
 * apart.
 */
function reasonFor(cause: AbortReason): DOMException {
  return Object.assign(new DOMException(SENTENCES[cause], cause === 'timeout' ? 'TimeoutError' : 'AbortError'), {
    cause,
  });
}

const SENTENCES: Readonly<Record<AbortReason, string>> = {
  timeout: 'the time for this workitem is up',
  shutdown: 'the pool manager is stopping',
  cancel: 'the workitem was cancelled',
};
