// A program that runs beside us until we are done: the daemons, the peers, the loop that we compare with. Its lines are
// what we wait for; it can be stopped in its tracks while something is prepared for it, and goes on where it was.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawnGuarded } from '../../test/support/guard.ts';
import { within } from '../../test/support/until.ts';

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Which of its outputs has the lines that we wait for. The other one is ours. */
  readonly speaksOn: 'stdout' | 'stderr';
}

const LINE_DEADLINE_MS = 120_000;
const KEPT_LINES = 1_000;

export class Program {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<unknown>;
  #lines: string[] = [];
  #wake: () => void = () => undefined;
  #hasExited = false;

  constructor(name: string, command: string, args: readonly string[], { env, cwd, speaksOn }: ProgramOptions) {
    const other = process.env.BENCH_VERBOSE === undefined && speaksOn === 'stdout' ? 'ignore' : 'inherit';
    const outputs = speaksOn === 'stdout' ? (['pipe', other] as const) : (['ignore', 'pipe'] as const);
    this.#child = spawnGuarded(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['pipe', ...outputs] });
    const output = this.#child[speaksOn];
    if (this.#child.pid === undefined || !output) throw new Error(`${name} could not be started`);
    this.#name = name;
    this.pid = this.#child.pid;
    this.#exited = once(this.#child, 'exit').then(() => {
      this.#hasExited = true;
      this.#wake();
    });
    createInterface({ input: output }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      this.#wake();
    });
  }

  /** The next line that matches; it and those before it are used up. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return await within(this.#line(pattern), LINE_DEADLINE_MS, () => `${this.#name} says ${pattern}: ${this.#lines}`);
  }

  async #line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const seen = this.#lines;
      for (let line = seen.shift(); line !== undefined; line = seen.shift()) {
        const match = pattern.exec(line);
        if (match) return match;
      }
      if (this.#hasExited) throw new Error(`${this.#name} has ended`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Tells it a line, and resolves with what it answers: the next line that is JSON. */
  async ask(...words: readonly (string | number)[]): Promise<Record<string, number>> {
    this.#child.stdin?.write(`${words.join(' ')}\n`);
    const [answer] = await this.line(/^\{.*\}$/);
    return JSON.parse(answer);
  }

  suspend(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.#hasExited) process.kill(this.pid, signal);
    await within(this.#exited, LINE_DEADLINE_MS, () => `${this.#name} ends after ${signal}`);
  }
}
