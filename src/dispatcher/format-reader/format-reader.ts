// Step 2 of the path, where a plugin's format has to read the body: asks a child process, since plugin code never runs in
// the dispatcher. One body at a time; what ends the child, or takes too long, is the fault of the body it had.
import type { FormatModule } from '../../child/protocol.ts';
import type { Child } from '../../child/spawn.ts';
import { backoffMs } from '../../core/backoff.ts';
import { type Clock, pause } from '../../core/clock.ts';
import { type Deferred, deferred } from '../../core/deferred.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { ReaderProcess, type Reading } from './reader-process.ts';

export interface FormatReaderOptions {
  readonly formats: readonly FormatModule[];
  /** Starts `format-reader/main.js` in a child process. May throw, or reject. */
  readonly spawn: () => Child | Promise<Child>;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface FormatReader {
  /**
   * The worker type that a body names, as the format says; it is not checked to be a possible one. Rejects with
   * `UNREADABLE` where the format can't say, with `UNAVAILABLE` where nobody could be asked, and with `STOPPED` where the
   * reader is stopped: then nothing is known.
   */
  workerTypeOf(format: string, body: Buffer): Promise<string>;
  /** Ends the child process. Questions that are open are rejected with `STOPPED`. */
  stop(): Promise<void>;
}

/** A child that dies once is replaced at once; one that keeps dying costs more and more time. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** So often a start may fail before the body that waits for it is given up. */
const STARTS_PER_BODY = 3;
/** While one body takes longer than this, only few others may wait behind it: each holds a place of the dispatcher's. */
const SLOW_AFTER_MS = 1_000;
const MOST_BEHIND_SLOW = 20;

interface Question {
  readonly format: string;
  readonly body: Buffer;
  readonly answer: Deferred<string>;
}

/** Nothing is started before the first body comes. */
export function createFormatReader(options: FormatReaderOptions): FormatReader {
  const { clock, logger } = options;
  const questions: Question[] = [];
  const stopping = new AbortController();
  let current: ReaderProcess | undefined;
  let deathsInARow = 0;
  let work: Promise<void> | undefined;
  let isSlow = false;

  async function workThrough(): Promise<void> {
    for (let next = questions[0]; next !== undefined && !stopping.signal.aborted; next = questions[0]) {
      const cancel = clock.after(SLOW_AFTER_MS, turnAwayMost);
      const reading = await read(next);
      cancel();
      isSlow = false;
      if (stopping.signal.aborted) return; // it has been told that already
      questions.shift();
      settle(next, reading);
    }
    work = undefined; // here and not later: whoever got the last answer may ask again at once
  }

  function turnAwayMost(): void {
    isSlow = true;
    for (const { answer } of questions.splice(MOST_BEHIND_SLOW)) answer.reject(busy());
  }

  async function read({ format, body }: Question): Promise<Reading> {
    const child = await aliveChild();
    if (!(child instanceof ReaderProcess)) return child;
    const reading = await child.ask(format, body);
    if (child.isAlive) deathsInARow = 0;
    return reading;
  }

  /** A child that is ready; or why the body cannot be read. */
  async function aliveChild(): Promise<ReaderProcess | Reading> {
    let error = '';
    for (let tries = 0; tries < STARTS_PER_BODY && !stopping.signal.aborted; tries++) {
      if (current?.isAlive) return current;
      if (deathsInARow > 1) {
        await pause(clock, backoffMs(deathsInARow - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), stopping.signal);
      }
      try {
        await startChild();
      } catch (err) {
        error = messageOf(err);
      }
    }
    if (current?.isAlive) return current;
    return { kind: 'unavailable', error: `the process that reads the formats of plugins does not start: it ${error}` };
  }

  async function startChild(): Promise<void> {
    if (stopping.signal.aborted) return;
    let child: Child;
    try {
      child = await options.spawn();
    } catch (err) {
      deathsInARow++;
      throw new TaskqueueError('UNAVAILABLE', `could not be started: ${messageOf(err)}`, { cause: err });
    }
    const started = new ReaderProcess({ child, formats: options.formats, clock, logger });
    current = started;
    void started.ended.then((how) => {
      deathsInARow++;
      if (!stopping.signal.aborted) logger.warn({ pid: child.pid }, `the process that reads formats of plugins ${how}`);
    });
    if (stopping.signal.aborted) started.kill();
    await started.ready;
  }

  return {
    workerTypeOf(format, body) {
      if (stopping.signal.aborted) return Promise.reject(stopped());
      if (isSlow && questions.length >= MOST_BEHIND_SLOW) return Promise.reject(busy());
      const answer = deferred<string>();
      questions.push({ format, body, answer });
      work ??= workThrough();
      return answer.promise;
    },
    async stop() {
      stopping.abort();
      for (const { answer } of questions.splice(0)) answer.reject(stopped());
      current?.kill();
      await current?.ended;
      await work;
    },
  };
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
