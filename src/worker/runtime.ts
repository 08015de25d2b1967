// The jobs that this process is working on. How many run at once is the pool's business; what they say on the way goes
// out as frames, and ends with one outcome each.
import type { FramePort } from '../child/frames.ts';
import { createProgress, type Progress } from '../child/progress.ts';
import type { FromWorker, ToWorker } from '../child/protocol.ts';
import type { Clock } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import type { Logger } from '../core/logger.ts';
import type { Context } from './base-worker.ts';
import { frameLogger, type LogFrame } from './frame-logger.ts';
import type { Job } from './work-on.ts';
import type { Workshop } from './workshop.ts';

type WorkFrame = Extract<ToWorker, { kind: 'work' }>;
type AbortReason = Extract<ToWorker, { kind: 'abort' }>['reason'];

export interface RuntimeOptions {
  readonly instance: string;
  readonly workshop: Workshop;
  readonly port: Pick<FramePort<FromWorker>, 'send'>;
  readonly clock: Clock;
  /** False where there is no room for the line. */
  sendLog(frame: LogFrame): boolean;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #running = new Map<number, AbortController>();
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

  async work(frame: WorkFrame, rawBody: Buffer): Promise<void> {
    const { clock, port, workshop } = this.#options;
    const { job } = frame;
    const abort = new AbortController();
    const progress = createProgress(clock, (fraction, note) => port.send({ kind: 'progress', job, fraction, note }));
    const logger = frameLogger(this.#options.sendLog, job);
    const context = this.#contextFor(frame, abort.signal, logger, progress);
    this.#running.set(job, abort);
    const isCalledOff = (): boolean => this.#isCalledOff;
    const isCancelled = (): boolean => this.#cancelled.has(job);
    const told = { ...describe(frame), isCalledOff, isCancelled };
    const { outcome, body } = await workshop.workOn({ ...told, rawBody, context, logger });
    progress.end();
    port.send({ kind: 'outcome', job, outcome }, body);
    this.#running.delete(job);
    this.#cancelled.delete(job);
    this.#settleStop();
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

  #contextFor(frame: WorkFrame, signal: AbortSignal, logger: Logger, progress: Progress): Context {
    const { traceparent } = frame.envelope.headers;
    return Object.freeze({
      signal,
      attempt: frame.attempt,
      logger,
      settings: this.#options.workshop.settings,
      instance: this.#options.instance,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      progress: (fraction: number, note?: string) => progress.report(fraction, note),
    });
  }
}

function describe({ job, envelope, isLastAttempt }: WorkFrame): Pick<Job, 'job' | 'envelope' | 'isLastAttempt'> {
  return { job, envelope, isLastAttempt };
}

/** Named as the platform names them: `signal.throwIfAborted()` and `fetch` throw these. `cause` is for plugins to tell them apart. */
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
