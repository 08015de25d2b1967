// One worker process that runs a program in any language: steps 4 to 7 of the path. It stands where `worker-process.ts`
// stands for Node's, and translates: orders become lines on the program's standard input, and its lines become the frames
// that an instance knows. It is not trusted either: what breaks the protocol ends the process, nothing else.
import { LineSplitter } from '../../child/line-splitter.ts';
import { createProgress, type Progress } from '../../child/progress.ts';
import type { WorkerOutcome } from '../../child/protocol.ts';
import { type CommandChild, type CommandSpec, spawnCommand } from '../../child/spawn.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import { cutToBytes } from '../../core/text.ts';
import type { Envelope } from '../../workitem/workitem.ts';
import { Allowance } from '../allowance.ts';
import { type Order, ProcessLife, type ProcessOptions, type RunningProcess } from '../process-life.ts';
import { type Answer, MOST_SMALL_BYTES, readLine, type Said } from './answer-line.ts';
import { conclusionOf } from './conclusion.ts';
import { type Terms, workLine } from './work-line.ts';

export interface CommandProcessOptions extends ProcessOptions {
  readonly spec: CommandSpec;
  readonly type: string;
  readonly instance: string;
  readonly terms: Terms;
  /** What it is told first, where it wants to be told: then it says itself when it is ready, and hears of aborts. */
  readonly setup: object | null;
  /** ms after which a program counts as ready that says nothing about it */
  readonly readyAfterMs: number;
}

/** A workitem that the program has, or that is about to be answered in its place. */
interface Task {
  readonly envelope: Envelope;
  readonly rawBody: Buffer;
  readonly progress: Progress;
}

/** A result may be written with escapes, or in base64; and one that is a little too large has a right to be told so. */
const LINE_BYTES_PER_BODY_BYTE = 2;
const SLACK_BYTES = 64 * 1024;

export class CommandProcess implements RunningProcess {
  readonly #options: CommandProcessOptions;
  readonly #child: CommandChild;
  readonly #life: ProcessLife;
  readonly #allowance: Allowance;
  readonly #tasks = new Map<number, Task>();
  #phase: 'starting' | 'ready' | 'ended' = 'starting';
  #hasSaidReady = false;
  #cancelTimer: () => void = () => undefined;

  /** @throws TaskqueueError where no process can be started like this */
  constructor(options: CommandProcessOptions) {
    const { clock, terms, setup } = options;
    this.#options = options;
    this.#child = spawnCommand(options.spec);
    this.#allowance = new Allowance(clock, terms.codec.maxMessageSize);
    this.#life = new ProcessLife({
      ...options,
      child: this.#child,
      onEnded: (how, lastLines, isByItself) => this.#end(how, lastLines, isByItself),
    });
    this.#listen(terms.codec.maxMessageSize * LINE_BYTES_PER_BODY_BYTE + SLACK_BYTES);
    if (setup) this.#write(JSON.stringify({ setup }));
    else this.#cancelTimer = clock.after(options.readyAfterMs, () => this.#becomeReady());
    void this.#child.exited.then(() => this.#cancelTimer());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(order: Order, body = NOTHING): boolean {
    switch (order.kind) {
      case 'work':
        return this.#give(order, body);
      case 'abort':
        if (this.#options.setup && this.#tasks.has(order.job)) {
          this.#write(JSON.stringify({ abort: order.job, reason: order.reason }));
        }
        return true;
      case 'stop':
        this.#child.stdin.end();
        return true;
      default:
        return order satisfies never;
    }
  }

  lineUp(): boolean {
    return false; // a program begins whatever it is given
  }

  takeBack(): readonly number[] {
    return [];
  }

  answer(): void {
    // a program publishes nothing but its results: nobody has asked
  }

  kill(why: string): void {
    this.#life.kill(why);
  }

  #give(order: Extract<Order, { kind: 'work' }>, rawBody: Buffer): boolean {
    if (!this.#child.stdin.writable) return false;
    const { job, envelope } = order;
    const { clock, terms, onFrame } = this.#options;
    const tell = (fraction: number, note: string): void => onFrame({ kind: 'progress', job, fraction, note }, NOTHING);
    const task = { envelope, rawBody, progress: createProgress(clock, tell) };
    this.#tasks.set(job, task);
    const work = workLine(order, rawBody, terms);
    if (work.kind === 'line') this.#write(work.text);
    // Whoever gives it out is not done with that yet: nothing may have ended by then.
    else queueMicrotask(() => this.#conclude(job, work.conclusion.outcome, work.conclusion.body));
    return true;
  }

  #write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  #listen(mostBytes: number): void {
    const { stdin, stdout } = this.#child;
    stdin.on('error', () => this.#life.hungUp()); // EPIPE: it is dead, or has closed its standard input
    const splitter = new LineSplitter(mostBytes, (line, isCut) => {
      if (isCut) this.#breaks(`it wrote a line of more than ${mostBytes} bytes`);
      else this.#receive(line);
    });
    stdout.on('data', (chunk: Buffer) => {
      if (!this.#life.isCondemned) splitter.push(chunk);
    });
    // What comes without a newline is the beginning of a line, whatever it looks like.
    for (const event of ['end', 'close', 'error']) stdout.on(event, () => this.#life.fellSilent());
  }

  #receive(line: Buffer): void {
    if (this.#life.isCondemned) return;
    try {
      if (isBlank(line)) this.#count();
      else this.#hear(readLine(line));
    } catch (err) {
      if (!(err instanceof TaskqueueError) || err.code !== 'PROTOCOL') throw err;
      this.#breaks(messageOf(err));
    }
  }

  #hear(said: Said): void {
    if (said.kind === 'ready') {
      if (this.#hasSaidReady) return this.#breaks('it said twice that it is ready');
      this.#hasSaidReady = true;
      return this.#becomeReady();
    }
    if (this.#phase !== 'ready') return this.#breaks('it spoke of a job before it was ready');
    if (said.kind !== 'progress') return this.#take(said);
    this.#count();
    this.#tasks.get(said.job)?.progress.report(said.fraction, said.note);
  }

  #take(answer: Answer): void {
    const task = this.#tasks.get(answer.job);
    if (!task) return this.#breaks(`it answered job ${answer.job}, which it does not have`);
    const { outcome, body } = conclusionOf(answer, task.envelope, task.rawBody, this.#options.terms.codec);
    this.#conclude(answer.job, outcome, body);
  }

  /** Where it is over already, the process has died meanwhile: then that is what became of it. */
  #conclude(job: number, outcome: WorkerOutcome, body: Buffer): void {
    const task = this.#tasks.get(job);
    if (!task) return;
    this.#tasks.delete(job);
    task.progress.end();
    this.#options.onFrame({ kind: 'outcome', job, outcome }, body);
  }

  #becomeReady(): void {
    if (this.#phase !== 'starting' || this.#life.isCondemned) return;
    this.#cancelTimer();
    this.#phase = 'ready';
    this.#options.onReady(this.#child.pid as number);
  }

  /** What is no answer to a workitem can come in any number. */
  #count(): void {
    const excess = this.#allowance.excessOf({ kind: 'progress' }, 0);
    if (excess !== undefined) this.kill(excess);
  }

  #breaks(why: string): void {
    this.kill(`broke the protocol: ${why}`);
  }

  #end(how: string, lastLines: string, isByItself: boolean): void {
    const isEarly = isByItself && this.#phase === 'starting';
    this.#phase = 'ended';
    for (const { progress } of this.#tasks.values()) progress.end();
    this.#tasks.clear();
    this.#child.stdin.destroy();
    this.#options.onEnded(isEarly ? `${how} before it was ready${lastOf(lastLines)}` : how, lastLines);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
const SPACE = 0x20;

function isBlank(line: Buffer): boolean {
  return line.length <= MOST_SMALL_BYTES && !line.some((byte) => byte > SPACE);
}

/** As a rule it says there what it misses: a module, a file, a right. */
function lastOf(lines: string): string {
  const last = lines.split('\n').at(-1);
  return last ? `: ${cutToBytes(last, 300)}` : '';
}
