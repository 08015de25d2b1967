// The daemons as users run them: the built program in a process of its own, watched through its log on stderr.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished, TestRunner } from 'vitest';
import { spawnGuarded } from './guard.ts';
import { within } from './until.ts';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const LINE_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 45_000;

export interface DaemonOptions {
  readonly args?: readonly string[];
  /** Added to the environment of the tests. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts one; where a test does it, it is stopped when that test is over, if it has not ended before. */
export function startDaemon(
  kind: 'dispatcher' | 'workerpool',
  configFile: string,
  options: DaemonOptions = {},
): Daemon {
  const args = [MAIN, kind, '--config', configFile, ...(options.args ?? [])];
  const env = { ...process.env, ...options.env };
  const daemon = new Daemon(kind, spawnGuarded(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => daemon.stop().then(() => undefined));
  return daemon;
}

export class Daemon {
  readonly pid: number;
  /** Everything it has logged so far. */
  readonly lines: string[] = [];
  /** Resolves when the process has ended and its log is complete. */
  readonly exited: Promise<Exit>;
  readonly #kind: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #hasExited = false;

  constructor(kind: string, child: ChildProcess) {
    if (child.pid === undefined || child.stderr === null) throw new Error(`${kind} could not be started`);
    this.pid = child.pid;
    this.#kind = kind;
    this.#child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.#hasExited = true;
      this.#wake();
      return { code, signal } as Exit;
    });
  }

  /** The first line that matches, at or after line `from` (`daemon.lines.length`: only what comes from now on). */
  waitForLine(pattern: RegExp, { from = 0, deadlineMs = LINE_DEADLINE_MS } = {}): Promise<string> {
    const found = new Promise<string>((resolve, reject) => {
      const look = (): void => {
        const line = this.lines.slice(from).find((one) => pattern.test(one));
        if (line === undefined && !this.#hasExited) return;
        this.#waiting.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(this.#story(`ended without logging ${pattern}`)));
      };
      this.#waiting.add(look);
      look();
    });
    return within(found, deadlineMs, () => this.#story(`does not log ${pattern}`));
  }

  /** To the daemon's own process, not to its children. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#hasExited) process.kill(this.pid, signal);
  }

  /** SIGTERM, and waits until it has ended. */
  async stop(): Promise<Exit> {
    this.kill('SIGTERM');
    return await within(this.exited, STOP_DEADLINE_MS, () => this.#story('does not end after SIGTERM'));
  }

  /** The most that it has ever had in memory. */
  get peakMegabytes(): number {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) / 1024;
  }

  /** Its whole log, for messages. */
  log(): string {
    return this.lines.map((line) => `    ${line}`).join('\n');
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #story(what: string): string {
    return `${this.#kind} ${what} (pid ${this.#child.pid}). Its log:\n${this.log()}`;
  }
}
