// What every worker process is to the pool, whatever it speaks: a child whose output becomes lines of the log, that can be
// ended with a reason, and whose end is told once, as a story. Who talks to it, and how: `worker-process.ts` for Node's,
// `command/command-process.ts` for other programs.
import type { Readable } from 'node:stream';
import { type LineLimit, lineLimit } from '../child/line-limit.ts';
import { type FollowedOutput, followOutput } from '../child/lines.ts';
import { memoryStory, oomKills } from '../child/out-of-memory.ts';
import type { FromWorker, ToWorker, Work } from '../child/protocol.ts';
import { type ChildExit, endOf, type StartedProcess } from '../child/spawn.ts';
import type { Clock } from '../core/clock.ts';
import { type LogFields, type Logger, loggerWith } from '../core/logger.ts';

/** What an instance says to its process. */
export type Order = Extract<ToWorker, { kind: 'work' | 'abort' | 'stop' }>;

/** What an instance sees of its process. */
export interface RunningProcess {
  readonly pid: number | undefined;
  /** False where it cannot be reached: it is dead, or dying, and `onEnded` follows. */
  send(order: Order, body?: Buffer): boolean;
  /** As `send`, for work that it begins by itself when it is free for it. False where it does not do that, or not now. */
  lineUp(work: Work, body: Buffer): boolean;
  /** Takes back what it has been lined up for and has not begun: it never will. The numbers of the jobs, in order. */
  takeBack(): readonly number[];
  /** The end of one of its `publish` calls. */
  answer(call: number, error: string | null, bodyBytes: number): void;
  /** Ends its whole process group. `why` completes the sentence "the worker process …". */
  kill(why: string): void;
}

/** What an instance hears of its process, after `onReady`: everything but the handshake. */
export type WorkFrame = Exclude<FromWorker, { kind: 'hello' | 'ready' | 'unloadable' }>;

/** What an instance gives to each of its processes. */
export interface ProcessOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Fields for lines that the process writes just now: the workitem, where it can be told. */
  currentFields(): LogFields;
  onReady(pid: number): void;
  onFrame(frame: WorkFrame, body: Buffer): void;
  /** It can be lined up for nothing more, and what it has been lined up for has to be taken back. */
  onTurnless(): void;
  /** Once, and last. `how` completes the sentence "the worker process …". */
  onEnded(how: string, lastLines: string): void;
}

interface LifeOptions extends Pick<ProcessOptions, 'logger' | 'clock' | 'currentFields'> {
  readonly child: StartedProcess;
  readonly type: string;
  readonly instance: string;
  /** Once, and last. `isByItself`: it ran, and nobody here has ended it. */
  onEnded(how: string, lastLines: string, isByItself: boolean): void;
}

/** The end of a process and the end of its pipe come in any order; what it sent before it died still counts. */
const DRAIN_WITHIN_MS = 1_000;

export class ProcessLife {
  readonly logger: Logger;
  /** Of lines in the log, whichever way they come. */
  readonly lines: LineLimit;
  readonly onLine: (line: string) => void;
  readonly #options: LifeOptions;
  readonly #stderr: FollowedOutput;
  /** Why we ended it, where we did: says more than the signal that it died of. */
  #verdict: string | undefined;
  readonly #oomKillsBefore = oomKills();
  #onSilent: () => void = () => undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: LifeOptions) {
    const { child, type, instance, clock } = options;
    this.#options = options;
    this.logger = loggerWith(options.logger, { type, instance, pid: child.pid });
    this.onLine = (line) => this.logger.info(options.currentFields(), line);
    this.lines = lineLimit(clock);
    const isSilent = new Promise<void>((resolve) => {
      this.#onSilent = resolve;
    });
    this.#stderr = this.follow(child.stderr);
    void child.exited.then((exit) => this.#finish(exit, isSilent));
  }

  /** It is being ended: what it says now does not count. */
  get isCondemned(): boolean {
    return this.#verdict !== undefined;
  }

  /** Its output becomes lines of the log. */
  follow(output: Readable): FollowedOutput {
    return followOutput(output, { clock: this.#options.clock, limit: this.lines, onLine: this.onLine });
  }

  /** It says nothing any more, and what it has said has been read. */
  fellSilent(): void {
    this.hungUp();
    this.#onSilent();
  }

  /** It does not listen, or speak, any more. As a rule it has ended, and we are about to hear of that; else it has to. */
  hungUp(): void {
    this.#cancelTimer ??= this.#options.clock.after(DRAIN_WITHIN_MS, () => this.kill('hung up on its pool manager'));
  }

  /** Ends its whole process group. */
  kill(why: string): void {
    this.#verdict ??= why;
    this.#options.child.killGroup('SIGKILL');
  }

  async #finish(exit: ChildExit, isSilent: Promise<void>): Promise<void> {
    this.#cancelTimer?.();
    // Where it was we who were held up, what has come meanwhile is read first.
    this.#cancelTimer = this.#options.clock.after(DRAIN_WITHIN_MS, () => void setImmediate(this.#onSilent));
    await isSilent;
    this.#cancelTimer();
    const lastLines = this.#stderr.tail();
    const moments = { oomKillsBefore: this.#oomKillsBefore, oomKillsAfter: oomKills(), lastLines };
    const how = this.#verdict ?? `${endOf(exit)}${memoryStory(exit, moments)}`;
    this.#options.onEnded(how, lastLines, !this.isCondemned && !('error' in exit));
  }
}
