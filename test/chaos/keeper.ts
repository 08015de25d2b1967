// One daemon, kept running as a service manager would: what ends is started again. It knows the daemon's log, and through
// it the pids of the worker processes.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawnGuarded } from '../support/guard.ts';
import { within } from '../support/until.ts';

const STARTING = / (dispatcher|workerpool) starting /;
const WORKER_READY = /ready type=\S+ instance=(\S+) pid=(\d+)/;
/** As systemd hands over what a daemon tells it by: an open file, for the process of this number alone. */
const AS_A_SERVICE = 'LISTEN_PID=$$ exec "$@"';

export class Keeper {
  /** How often it has ended without being told to. */
  accidents: string[] = [];
  readonly #name: string;
  readonly #command: readonly string[];
  readonly #log: WriteStream;
  readonly #waiting = new Set<(line: string) => void>();
  readonly #waitingForReady = new Set<() => void>();
  readonly #workers = new Map<string, number>();
  #child: ChildProcess | null = null;
  #isWanted = false;
  #isOurDoing = false;
  /** Before that, the kernel ends it at a SIGHUP, as any process: no service manager sends one so early. */
  #listensToSignals = false;

  constructor(name: string, command: readonly string[], logFile: string) {
    this.#name = name;
    this.#command = command;
    this.#log = createWriteStream(logFile, { flags: 'a' });
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Name and pid of every worker process that has said that it is ready. */
  get workers(): readonly (readonly [string, number])[] {
    return [...this.#workers];
  }

  start(): void {
    const [program, ...args] = this.#command as [string, ...string[]];
    const handedOver = { LISTEN_FDS: '1', LISTEN_FDNAMES: 'notify' };
    const child = spawnGuarded('/bin/sh', ['-c', AS_A_SERVICE, 'sh', program, ...args], {
      env: { ...process.env, ...handedOver },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#isWanted = true;
    this.#isOurDoing = false;
    this.#listensToSignals = false;
    this.#workers.clear();
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.#onLine(line));
    const told = child.stdio[3] as Readable;
    createInterface({ input: told }).on('line', (line) => line === 'READY=1' && this.#onReady());
    child.once('exit', (code, signal) => this.#onExit(child, `${code ?? signal}`));
  }

  /** SIGKILL or SIGTERM; resolves when it has ended. It stays down until `start`. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#isWanted = false;
    this.#isOurDoing = true;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await within(ended, 60_000, () => `${this.#name} does not end after ${signal}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** As soon as it can take it. */
  async reload(): Promise<void> {
    if (!this.#listensToSignals) await this.nextLine(STARTING, 60_000).catch(() => undefined); // it has ended again
    if (this.#listensToSignals) this.signal('SIGHUP');
  }

  /** The next line that matches. */
  nextLine(pattern: RegExp, deadlineMs: number): Promise<string> {
    let look: (line: string) => void = () => undefined;
    const found = new Promise<string>((resolve) => {
      look = (line) => {
        if (pattern.test(line)) resolve(line);
      };
      this.#waiting.add(look);
    });
    const late = (): string => `${this.#name} does not log ${pattern}`;
    return within(found, deadlineMs, late).finally(() => this.#waiting.delete(look));
  }

  /** When it next tells its service manager that it is ready: it does all that it can with a broker that is there. */
  nextReady(deadlineMs: number): Promise<void> {
    let look: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      look = resolve;
      this.#waitingForReady.add(look);
    });
    return within(told, deadlineMs, () => `${this.#name} is not ready`).finally(() =>
      this.#waitingForReady.delete(look),
    );
  }

  #onReady(): void {
    for (const look of [...this.#waitingForReady]) look();
  }

  #onLine(line: string): void {
    this.#log.write(`${new Date().toISOString()} ${line}\n`);
    const [, instance, pid] = WORKER_READY.exec(line) ?? [];
    if (STARTING.test(line)) this.#listensToSignals = true;
    if (instance !== undefined) this.#workers.set(instance, Number(pid));
    for (const look of [...this.#waiting]) look(line);
  }

  #onExit(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#log.write(`${new Date().toISOString()} -- ended: ${how}\n`);
    if (this.#isOurDoing) return;
    this.accidents = [...this.accidents, `${this.#name}: ${how}`];
    setTimeout(() => this.#isWanted && this.#child === null && this.start(), 1_000);
  }
}

/** To one process by its pid; one that has gone meanwhile is no matter. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
