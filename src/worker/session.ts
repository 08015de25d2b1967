// A worker process's talk with its pool manager: hello, the setup, ready; then work until the pool says stop, or is
// gone. Plugin code is loaded here, once, after the pool has agreed to our version.
import type { Duplex } from 'node:stream';
import { trustHead } from '../child/check-head.ts';
import { type FramePort, openFrames } from '../child/frames.ts';
import { type FromWorker, PROTOCOL_VERSION, type ToWorker, type WorkerSetup } from '../child/protocol.ts';
import type { Clock } from '../core/clock.ts';
import { RELEASE } from '../core/release.ts';
import { failureOf } from './failure.ts';
import { frameLogger, type LogFrame } from './frame-logger.ts';
import { PublishCalls } from './report-channel.ts';
import { Runtime } from './runtime.ts';
import { type Loaders, openWorkshop } from './workshop.ts';

interface SessionOptions {
  readonly pipe: Duplex;
  readonly loaders: Loaders;
  readonly clock: Clock;
  /** Whether a job that is lined up may begin: see `turns.ts`. */
  isItsTurn(job: number): boolean;
  /** The process is to be called this. */
  onNamed(instance: string): void;
  /** A line that cannot be sent yet: the pool takes log frames only from workers that are ready. */
  printEarly(line: string): void;
  /** Nothing is left to do. `code` is the exit code. */
  onEnd(code: number): void;
}

/** What the pool sends is not bounded here: it is trusted, and has its own bounds. */
const NO_LIMIT = 2 ** 32;
/** Log lines that the pool has not taken yet; beyond that they are dropped. */
const MAX_BUFFERED_LOG_BYTES = 1024 * 1024;

export class Session {
  readonly #options: SessionOptions;
  readonly #port: FramePort<FromWorker>;
  readonly #calls: PublishCalls;
  #runtime: Runtime | undefined;

  constructor(options: SessionOptions) {
    const { pipe, onEnd } = options;
    this.#options = options;
    this.#port = openFrames<ToWorker, FromWorker>(pipe, {
      limits: { headBytes: NO_LIMIT, bodyBytes: NO_LIMIT },
      check: trustHead<ToWorker>,
      onFrame: (head, body) => this.#receive(head, body),
      onBroken: (error) => {
        throw error;
      },
      onClosed: () => onEnd(0),
    });
    this.#calls = new PublishCalls((frame, body) => this.#port.send(frame, body));
    this.#port.send({ kind: 'hello', version: PROTOCOL_VERSION, release: RELEASE });
  }

  #receive(head: ToWorker, body: Buffer): void {
    switch (head.kind) {
      case 'setup':
        return void this.#setUp(head);
      case 'work':
        return void this.#runtime?.work(head, body);
      case 'lineUp':
        return this.#runtime?.lineUp(head, body);
      case 'abort':
        return this.#runtime?.abort(head.job, head.reason);
      case 'published':
        return this.#calls.settle(head.call, head.error);
      case 'stop':
        return this.#stop();
      default:
        return head satisfies never;
    }
  }

  async #setUp(setup: WorkerSetup): Promise<void> {
    this.#options.onNamed(setup.instance);
    try {
      const { clock, loaders } = this.#options;
      const logger = frameLogger((frame) => this.#sendLog(frame), null);
      const workshop = await openWorkshop(setup, loaders, logger, this.#calls);
      const sendLog = (frame: LogFrame): boolean => this.#sendLog(frame);
      const { instance, concurrency } = setup;
      const { isItsTurn } = this.#options;
      this.#runtime = new Runtime({ instance, concurrency, workshop, port: this.#port, clock, isItsTurn, sendLog });
    } catch (err) {
      this.#port.send({ kind: 'unloadable', failure: failureOf(err) });
      return this.#end(1);
    }
    this.#port.send({ kind: 'ready' });
  }

  #sendLog(frame: LogFrame): boolean {
    if (!this.#runtime) {
      this.#options.printEarly(`${frame.level}: ${frame.message} ${JSON.stringify(frame.fields)}`);
      return true;
    }
    return this.#port.bufferedBytes < MAX_BUFFERED_LOG_BYTES && this.#port.send(frame);
  }

  /** Plugin code may keep the event loop alive for ever: the end is not left to it. */
  #stop(): void {
    if (!this.#runtime) return this.#end(0);
    this.#runtime.stop();
    void this.#runtime.stopped.then(() => this.#end(0));
  }

  /** Once everything that was sent is on its way. */
  #end(code: number): void {
    this.#options.pipe.once('close', () => this.#options.onEnd(code));
    this.#port.close();
  }
}
