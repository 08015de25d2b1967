// One worker process, from its start to its end: steps 4 and 7 of the path. It is not trusted: it says hello with the right
// version before it gets anything, its frames are checked, and what breaks the rules ends the process, nothing else.

import { checkFromWorker } from '../child/check-head.ts';
import { type FramePort, openFrames } from '../child/frames.ts';
import { type LineLimit, lineLimit } from '../child/line-limit.ts';
import { type FollowedOutput, followOutput } from '../child/lines.ts';
import { memoryStory, oomKills } from '../child/out-of-memory.ts';
import { type FromWorker, PROTOCOL_VERSION, type ToWorker, type WorkerSetup } from '../child/protocol.ts';
import { type Child, type ChildExit, type ChildSpec, spawnChild } from '../child/spawn.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { type LogFields, type Logger, loggerWith } from '../core/logger.ts';
import { Allowance } from './allowance.ts';

export interface WorkerProcessOptions {
  readonly spec: ChildSpec;
  readonly setup: WorkerSetup;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Fields for lines that the process writes just now: the workitem, where it can be told. */
  currentFields(): LogFields;
  onReady(pid: number): void;
  /** After `onReady`: everything but the handshake. */
  onFrame(frame: WorkFrame, body: Buffer): void;
  /** Once, and last. `how` completes the sentence "the worker process …". */
  onEnded(how: string, lastLines: string): void;
}

export type WorkFrame = Exclude<FromWorker, { kind: 'hello' | 'ready' | 'unloadable' }>;

/** Heads hold the headers of a workitem, 64 KiB at most on the wire; as JSON, with Buffers in base64, that may triple. */
const HEAD_BYTES = 1024 * 1024;
/** What a result may be larger than `max_message_size` before it counts as a flood: the error text in a failed one. */
const SLACK_BYTES = 64 * 1024;
/** The end of a process and the end of its pipe come in any order; what it sent before it died still counts. */
const DRAIN_WITHIN_MS = 1_000;
/** What one answer takes, about; and how many of them may wait to be read: a handler may block its process for long. */
const ANSWER_BYTES = 256;
const MOST_UNREAD_ANSWER_BYTES = 16 * 1024 * 1024;

export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  readonly #logger: Logger;
  readonly #child: Child;
  readonly #frames: FramePort<ToWorker>;
  readonly #stderr: FollowedOutput;
  /** Of lines in the log, whichever way they come. */
  readonly #lines: LineLimit;
  readonly #onLine: (line: string) => void;
  readonly #allowance: Allowance;
  #phase: 'silent' | 'loading' | 'ready' = 'silent';
  /** Why we ended it, where we did: says more than the signal that it died of. */
  #verdict: string | undefined;
  #unreadAnswers = 0;
  readonly #oomKillsBefore = oomKills();
  #pipeClosed: () => void = () => undefined;

  /** @throws TaskqueueError where no process can be started like this */
  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    this.#child = spawnChild(options.spec);
    this.#logger = loggerWith(options.logger, {
      type: options.setup.type,
      instance: options.setup.instance,
      pid: this.#child.pid,
    });
    const isPipeClosed = new Promise<void>((resolve) => {
      this.#pipeClosed = resolve;
    });
    this.#frames = openFrames<FromWorker, ToWorker>(this.#child.pipe, {
      limits: { headBytes: HEAD_BYTES, bodyBytes: options.setup.maxMessageSize + SLACK_BYTES },
      check: checkFromWorker,
      onFrame: (frame, body) => this.#receive(frame, body),
      onBroken: (error) => {
        this.kill(`broke the protocol: ${error.message}`);
        this.#pipeClosed();
      },
      onClosed: () => this.#pipeClosed(),
    });
    this.#onLine = (line) => this.#logger.info(options.currentFields(), line);
    this.#lines = lineLimit(options.clock);
    this.#allowance = new Allowance(options.clock, options.setup.maxMessageSize);
    const output = { clock: options.clock, limit: this.#lines, onLine: this.#onLine };
    followOutput(this.#child.stdout, output);
    this.#stderr = followOutput(this.#child.stderr, output);
    void this.#child.exited.then((exit) => this.#finish(exit, isPipeClosed));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get lastLines(): string {
    return this.#stderr.tail();
  }

  /** False where its pipe is closed: it is dead, or dying, and `onEnded` follows. */
  send(frame: ToWorker, body?: Buffer): boolean {
    return this.#frames.send(frame, body);
  }

  /** The end of one of its `publish` calls. Answers that it does not read would pile up here. */
  answer(call: number, error: string | null, bodyBytes: number): void {
    this.#allowance.answered(bodyBytes);
    this.#unreadAnswers += ANSWER_BYTES;
    if (this.#frames.bufferedBytes === 0) this.#unreadAnswers = 0;
    if (this.#unreadAnswers > MOST_UNREAD_ANSWER_BYTES) return this.kill('does not read the answers to what it asks');
    this.send({ kind: 'published', call, error });
  }

  /** Ends its whole process group. */
  kill(why: string): void {
    this.#verdict ??= why;
    this.#child.killGroup('SIGKILL');
  }

  #receive(frame: FromWorker, body: Buffer): void {
    switch (frame.kind) {
      case 'hello':
        return this.#greet(frame.version, frame.release);
      case 'ready':
        if (this.#phase !== 'loading') return this.kill('broke the protocol: it said "ready" out of turn');
        if (this.#verdict !== undefined) return; // too late: it is being ended
        this.#phase = 'ready';
        return this.#options.onReady(this.#child.pid as number);
      case 'unloadable':
        this.#logger.debug({ trace: frame.failure.trace }, 'the plugin cannot be loaded');
        return this.kill(`could not load its plugin: ${frame.failure.error}`);
      default:
        if (this.#phase !== 'ready')
          return this.kill(`broke the protocol: it sent "${frame.kind}" before it was ready`);
        this.#work(frame, body);
    }
  }

  #work(frame: WorkFrame, body: Buffer): void {
    const excess = this.#allowance.excessOf(frame, body.length);
    if (excess !== undefined) return this.kill(excess);
    const pass = (): void => this.#options.onFrame(frame, body);
    if (frame.kind === 'log' && frame.level !== 'debug') this.#lines.pass(pass, this.#onLine);
    else pass();
  }

  #greet(version: number, release: string): void {
    if (this.#phase !== 'silent') return this.kill('broke the protocol: it said "hello" twice');
    if (version !== PROTOCOL_VERSION) {
      return this.kill(`is of another version (${release}): the pool has to be restarted after an upgrade`);
    }
    this.#phase = 'loading';
    this.send(this.#options.setup);
  }

  async #finish(exit: ChildExit, isPipeClosed: Promise<void>): Promise<void> {
    const cancel = this.#options.clock.after(DRAIN_WITHIN_MS, this.#pipeClosed);
    await isPipeClosed;
    cancel();
    this.#frames.close();
    const { lastLines } = this;
    const moments = { oomKillsBefore: this.#oomKillsBefore, oomKillsAfter: oomKills(), lastLines };
    this.#options.onEnded(this.#verdict ?? `${endOf(exit)}${memoryStory(exit, moments)}`, lastLines);
  }
}

function endOf(exit: ChildExit): string {
  if ('error' in exit) return `could not be started: ${messageOf(exit.error)}`;
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
}
