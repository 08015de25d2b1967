// One worker process of Node's, from its start to its end: steps 4 and 7 of the path. It is not trusted: it says hello
// with the right version before it gets anything, its frames are checked, and what breaks the rules ends the process,
// nothing else.
import { checkFromWorker } from '../child/check-head.ts';
import { type FramePort, openFrames } from '../child/frames.ts';
import { type FromWorker, PROTOCOL_VERSION, type ToWorker, type Work, type WorkerSetup } from '../child/protocol.ts';
import { type Child, type ChildSpec, spawnChild } from '../child/spawn.ts';
import { Turns } from '../child/turns.ts';
import { Allowance } from './allowance.ts';
import { type Order, ProcessLife, type ProcessOptions, type RunningProcess, type WorkFrame } from './process-life.ts';

interface WorkerProcessOptions extends ProcessOptions {
  readonly spec: ChildSpec;
  readonly setup: WorkerSetup;
}

/** Heads hold the headers of a workitem, 64 KiB at most on the wire; as JSON, with Buffers in base64, that may triple. */
const HEAD_BYTES = 1024 * 1024;
/** What a result may be larger than `max_message_size` before it counts as a flood: the error text in a failed one. */
const SLACK_BYTES = 64 * 1024;
/** What one answer takes, about; and how many of them may wait to be read: a handler may block its process for long. */
const ANSWER_BYTES = 256;
const MOST_UNREAD_ANSWER_BYTES = 16 * 1024 * 1024;

export class WorkerProcess implements RunningProcess {
  readonly #options: WorkerProcessOptions;
  readonly #child: Child;
  readonly #life: ProcessLife;
  readonly #frames: FramePort<ToWorker>;
  readonly #allowance: Allowance;
  readonly #turns = Turns.open();
  #isGiving = false;
  #hasNoTurns = false;
  #phase: 'silent' | 'loading' | 'ready' = 'silent';
  #unreadAnswers = 0;

  /** @throws TaskqueueError where no process can be started like this */
  constructor(options: WorkerProcessOptions) {
    const { type, instance, maxMessageSize } = options.setup;
    this.#options = options;
    this.#child = this.#spawn(options.spec);
    const onEnded = (how: string, lastLines: string): void => {
      this.#frames.close();
      options.onEnded(how, lastLines);
      this.#turns?.close();
    };
    this.#life = new ProcessLife({ ...options, child: this.#child, type, instance, onEnded });
    this.#life.follow(this.#child.stdout);
    this.#frames = openFrames<FromWorker, ToWorker>(this.#child.pipe, {
      limits: { headBytes: HEAD_BYTES, bodyBytes: maxMessageSize + SLACK_BYTES },
      check: checkFromWorker,
      onFrame: (frame, body) => this.#receive(frame, body),
      onBroken: (error) => {
        this.kill(`broke the protocol: ${error.message}`);
        this.#life.fellSilent();
      },
      onClosed: () => this.#life.fellSilent(),
      onDeaf: () => this.#life.hungUp(),
    });
    this.#allowance = new Allowance(options.clock, maxMessageSize);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(order: Order, body?: Buffer): boolean {
    return this.#frames.send(order, body);
  }

  /** What is said within one turn of the event loop leaves together. */
  lineUp(work: Work, body: Buffer): boolean {
    if (!this.#turns || this.#hasNoTurns) return false;
    if (!this.#isGiving) {
      this.#isGiving = true;
      this.#child.pipe.cork();
      process.nextTick(() => this.#giveTurns());
    }
    this.#turns.add(work.job);
    return this.#frames.send({ kind: 'lineUp', ...work }, body);
  }

  #giveTurns(): void {
    this.#isGiving = false;
    this.#hasNoTurns = this.#turns?.give() === false;
    this.#child.pipe.uncork();
    if (this.#hasNoTurns) this.#options.onTurnless();
  }

  takeBack(): readonly number[] {
    return this.#turns?.takeBack() ?? [];
  }

  /** Answers that it does not read would pile up here. */
  answer(call: number, error: string | null, bodyBytes: number): void {
    this.#allowance.answered(bodyBytes);
    this.#unreadAnswers += ANSWER_BYTES;
    if (this.#frames.bufferedBytes === 0) this.#unreadAnswers = 0;
    if (this.#unreadAnswers > MOST_UNREAD_ANSWER_BYTES) return this.kill('does not read the answers to what it asks');
    this.#frames.send({ kind: 'published', call, error });
  }

  kill(why: string): void {
    this.#life.kill(why);
  }

  #spawn(spec: ChildSpec): Child {
    try {
      return spawnChild({ ...spec, turns: this.#turns?.fd });
    } catch (err) {
      this.#turns?.close();
      throw err;
    }
  }

  #receive(frame: FromWorker, body: Buffer): void {
    switch (frame.kind) {
      case 'hello':
        return this.#greet(frame.version, frame.release);
      case 'ready':
        if (this.#phase !== 'loading') return this.kill('broke the protocol: it said "ready" out of turn');
        if (this.#life.isCondemned) return; // too late: it is being ended
        this.#phase = 'ready';
        return this.#options.onReady(this.#child.pid as number);
      case 'unloadable':
        this.#life.logger.debug({ trace: frame.failure.trace }, 'the plugin cannot be loaded');
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
    if (frame.kind === 'log' && frame.level !== 'debug') this.#life.lines.pass(pass, this.#life.onLine);
    else pass();
  }

  #greet(version: number, release: string): void {
    if (this.#phase !== 'silent') return this.kill('broke the protocol: it said "hello" twice');
    if (version !== PROTOCOL_VERSION) {
      return this.kill(`is of another version (${release}): the pool has to be restarted after an upgrade`);
    }
    this.#phase = 'loading';
    this.#frames.send(this.#options.setup);
  }
}
