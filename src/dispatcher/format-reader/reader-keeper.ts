// Sees to it that there is a process that reads formats whenever a body needs one: a child that dies once is replaced at once;
// one that keeps dying costs more and more time.
import type { FormatModule } from '../../child/protocol.ts';
import type { Child } from '../../child/spawn.ts';
import { backoffMs } from '../../core/backoff.ts';
import { type Clock, pause } from '../../core/clock.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { ReaderProcess, type Reading } from './reader-process.ts';

export interface ReaderKeeperOptions {
  readonly formats: readonly FormatModule[];
  /** Starts `format-reader/main.js` in a child process. May throw, or reject. */
  readonly spawn: () => Child | Promise<Child>;
  readonly logger: Logger;
  readonly clock: Clock;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** So often a start may fail before the body that waits for it is given up. */
const STARTS_PER_BODY = 3;

export class ReaderKeeper {
  readonly #options: ReaderKeeperOptions;
  readonly #stopping = new AbortController();
  #current: ReaderProcess | undefined;
  #deathsInARow = 0;

  constructor(options: ReaderKeeperOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** A child that is ready; or why the body cannot be read. */
  async alive(): Promise<ReaderProcess | Reading> {
    let error = '';
    for (let tries = 0; tries < STARTS_PER_BODY && !this.isStopped; tries++) {
      if (this.#current?.isAlive) return this.#current;
      await this.#pause();
      try {
        await this.#start();
      } catch (err) {
        error = messageOf(err);
      }
    }
    if (this.#current?.isAlive) return this.#current;
    return { kind: 'unavailable', error: `the process that reads the formats of plugins does not start: it ${error}` };
  }

  /** It has read a body, and lives on: what happened before no longer counts. */
  hasSurvived(): void {
    this.#deathsInARow = 0;
  }

  /** Ends the child process, and starts no other. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#current?.kill();
    await this.#current?.ended;
  }

  async #pause(): Promise<void> {
    const ms = backoffMs(this.#deathsInARow - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    if (this.#deathsInARow > 1) await pause(this.#options.clock, ms, this.#stopping.signal);
  }

  async #start(): Promise<void> {
    if (this.isStopped) return;
    const { formats, clock, logger } = this.#options;
    const child = await this.#spawn();
    const started = new ReaderProcess({ child, formats, clock, logger });
    this.#current = started;
    void started.ended.then((how) => {
      this.#deathsInARow++;
      if (!this.isStopped) logger.warn({ pid: child.pid }, `the process that reads formats of plugins ${how}`);
    });
    if (this.isStopped) started.kill();
    await started.ready;
  }

  async #spawn(): Promise<Child> {
    try {
      return await this.#options.spawn();
    } catch (err) {
      this.#deathsInARow++;
      throw new TaskqueueError('UNAVAILABLE', `could not be started: ${messageOf(err)}`, { cause: err });
    }
  }
}
