// Step 2 of the path, where a plugin's format has to read the body: asks a child process, since plugin code never runs in
// the dispatcher. One body at a time; what ends the child, or takes too long, is the fault of the body it had.
import { type Deferred, deferred } from '../../core/deferred.ts';
import { TaskqueueError } from '../../core/errors.ts';
import { ReaderKeeper, type ReaderKeeperOptions } from './reader-keeper.ts';
import { ReaderProcess, type Reading } from './reader-process.ts';

/** While one body takes longer than this, only few others may wait behind it: each holds a place of the dispatcher's. */
const SLOW_AFTER_MS = 1_000;
const MOST_BEHIND_SLOW = 20;

interface Question {
  readonly format: string;
  readonly body: Buffer;
  readonly answer: Deferred<string>;
}

/** Nothing is started before the first body comes. */
export class FormatReader {
  readonly #clock: ReaderKeeperOptions['clock'];
  readonly #keeper: ReaderKeeper;
  readonly #questions: Question[] = [];
  #work: Promise<void> | undefined;
  #isSlow = false;

  constructor(options: ReaderKeeperOptions) {
    this.#clock = options.clock;
    this.#keeper = new ReaderKeeper(options);
  }

  /**
   * The worker type that a body names, as the format says; it is not checked to be a possible one. Rejects with
   * `UNREADABLE` where the format can't say, with `UNAVAILABLE` where nobody could be asked, and with `STOPPED` where the
   * reader is stopped: then nothing is known.
   */
  workerTypeOf(format: string, body: Buffer): Promise<string> {
    if (this.#keeper.isStopped) return Promise.reject(stopped());
    if (this.#isSlow && this.#questions.length >= MOST_BEHIND_SLOW) return Promise.reject(busy());
    const answer = deferred<string>();
    this.#questions.push({ format, body, answer });
    this.#work ??= this.#workThrough();
    return answer.promise;
  }

  /** Ends the child process. Questions that are open are rejected with `STOPPED`. */
  async stop(): Promise<void> {
    const ended = this.#keeper.stop();
    for (const { answer } of this.#questions.splice(0)) answer.reject(stopped());
    await ended;
    await this.#work;
  }

  async #workThrough(): Promise<void> {
    const questions = this.#questions;
    for (let next = questions[0]; next !== undefined && !this.#keeper.isStopped; next = questions[0]) {
      const cancel = this.#clock.after(SLOW_AFTER_MS, () => this.#turnAwayMost());
      const reading = await this.#read(next);
      cancel();
      this.#isSlow = false;
      if (this.#keeper.isStopped) return; // it has been told that already
      questions.shift();
      settle(next, reading);
    }
    this.#work = undefined; // here and not later: whoever got the last answer may ask again at once
  }

  #turnAwayMost(): void {
    this.#isSlow = true;
    for (const { answer } of this.#questions.splice(MOST_BEHIND_SLOW)) answer.reject(busy());
  }

  async #read({ format, body }: Question): Promise<Reading> {
    const child = await this.#keeper.alive();
    if (!(child instanceof ReaderProcess)) return child;
    const reading = await child.ask(format, body);
    if (child.isAlive) this.#keeper.hasSurvived();
    return reading;
  }
}

function settle({ answer }: Question, reading: Reading): void {
  switch (reading.kind) {
    case 'routed':
      return answer.resolve(reading.type);
    case 'unreadable':
      return answer.reject(new TaskqueueError('UNREADABLE', reading.error));
    case 'unavailable':
      return answer.reject(new TaskqueueError('UNAVAILABLE', reading.error));
    default:
      return reading satisfies never;
  }
}

function busy(): TaskqueueError {
  return new TaskqueueError(
    'UNAVAILABLE',
    'the process that reads the formats of plugins takes its time over another body',
  );
}

function stopped(): TaskqueueError {
  return new TaskqueueError('STOPPED', 'the reader of formats has been stopped');
}
