// One child process that reads plugins' formats, as the dispatcher sees it: it is asked one body at a time, and not
// trusted. It ends by itself, or is ended for what it does; either way the question that was open gets an answer.
import { checkFromFormatReader } from '../../child/check-head.ts';
import { type FramePort, openFrames } from '../../child/frames.ts';
import { followOutput } from '../../child/lines.ts';
import {
  type FormatModule,
  type FromFormatReader,
  PROTOCOL_VERSION,
  type ToFormatReader,
} from '../../child/protocol.ts';
import { type Child, type ChildExit, endOf } from '../../child/spawn.ts';
import type { Clock } from '../../core/clock.ts';
import { type Deferred, deferred } from '../../core/deferred.ts';
import { type Logger, loggerWith } from '../../core/logger.ts';

export type Reading =
  | { readonly kind: 'routed'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly error: string }
  /** Nobody could look at the body: no fault of its own. */
  | { readonly kind: 'unavailable'; readonly error: string };

interface ReaderProcessOptions {
  readonly child: Child;
  readonly formats: readonly FormatModule[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers hold a type or an error; nothing else comes from there. */
const MAX_HEAD_BYTES = 64 * 1024;
const START_MS = 30_000;
/** What a body may take. */
const READ_MS = 5_000;
/** The first body in a format waits for the import of that format, too. */
const IMPORT_MS = 10_000;

export class ReaderProcess {
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #port: FramePort<ToFormatReader>;
  readonly #ready = deferred<void>();
  readonly #formats: readonly FormatModule[];
  readonly #used = new Set<string>();
  #question: { readonly job: number; readonly answer: Deferred<Reading> } | undefined;
  #lastJob = 0;
  /** Why we ended it, where we did. */
  #verdict: string | undefined;
  #isAlive = true;
  /** Resolves with how it ended, to complete the sentence "the process …". */
  readonly ended: Promise<string>;

  constructor({ child, formats, clock, logger }: ReaderProcessOptions) {
    this.#child = child;
    this.#clock = clock;
    this.#formats = formats;
    this.#port = openFrames<FromFormatReader, ToFormatReader>(child.pipe, {
      limits: { headBytes: MAX_HEAD_BYTES, bodyBytes: 0 },
      check: checkFromFormatReader,
      onFrame: (head) => this.#receive(head),
      onBroken: (error) => this.#kill(`broke the protocol: ${error.message}`),
      onClosed: () => this.#end(), // it is about to die, most likely: its exit tells more
    });
    const about = loggerWith(logger, { pid: child.pid });
    const onLine = (line: string): void => about.info({}, line);
    followOutput(child.stdout, { clock, onLine });
    followOutput(child.stderr, { clock, onLine });
    this.#ready.promise.catch(() => undefined); // told by `ended`, and by whoever asks
    const cancelStart = clock.after(START_MS, () => this.#kill('did not get ready in time'));
    this.#ready.promise.then(cancelStart, cancelStart);
    this.ended = child.exited.then((exit) => this.#finish(exit));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Resolves when it takes questions; rejects where it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** One question at a time. Never rejects. */
  ask(format: string, body: Buffer): Promise<Reading> {
    const job = ++this.#lastJob;
    const answer = deferred<Reading>();
    this.#question = { job, answer };
    const limitMs = this.#used.has(format) ? READ_MS : READ_MS + IMPORT_MS;
    this.#used.add(format);
    const cancel = this.#clock.after(limitMs, () => this.#kill(`took longer than ${limitMs / 1000} s`));
    this.#port.send({ kind: 'route', job, format }, body);
    return answer.promise.finally(cancel);
  }

  kill(): void {
    this.#kill('was stopped');
  }

  #receive(head: FromFormatReader): void {
    switch (head.kind) {
      case 'hello':
        if (head.version !== PROTOCOL_VERSION) {
          return this.#kill(
            `is of another version (${head.release}): the dispatcher has to be restarted after an upgrade`,
          );
        }
        this.#port.send({ kind: 'setup', formats: this.#formats });
        return;
      case 'ready':
        return this.#ready.resolve();
      case 'routed':
        return this.#answer(head.job, { kind: 'routed', type: head.type });
      case 'unreadable':
        return this.#answer(head.job, { kind: 'unreadable', error: head.error });
      default:
        return head satisfies never;
    }
  }

  #answer(job: number, reading: Reading): void {
    if (job !== this.#question?.job) return this.#kill('broke the protocol: it answered what nobody had asked');
    const { answer } = this.#question;
    this.#question = undefined;
    answer.resolve(reading);
  }

  #kill(why: string): void {
    this.#verdict ??= why;
    this.#end();
  }

  #end(): void {
    this.#isAlive = false;
    this.#port.close();
    this.#child.killGroup('SIGKILL');
  }

  #finish(exit: ChildExit): string {
    const how = this.#verdict ?? endOf(exit);
    this.#isAlive = false;
    this.#port.close();
    this.#ready.reject(new Error(how));
    this.#question?.answer.resolve({ kind: 'unreadable', error: `the process that reads the format ${how}` });
    this.#question = undefined;
    return how;
  }
}
