// Whatever a test starts ends with the test process, also where that is killed -9: every process goes through
// `spawnGuarded`, every directory outside the clone through `guardDirectory`. See guard.sh, which does it.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a process in a process group of its own, which is killed when this process ends. */
export function spawnGuarded(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const pid = child.pid;
  if (pid === undefined) return child; // could not be started: `error` follows
  tell(`+process ${pid}`);
  child.once('exit', () => tell(`-process ${pid}`));
  return child;
}

/** Removes the directory when this process ends. */
export function guardDirectory(path: string): void {
  tell(`+directory ${path}`);
}

/** The directory has been removed already. */
export function releaseDirectory(path: string): void {
  tell(`-directory ${path}`);
}

let guard: ChildProcess | undefined;

function tell(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

function startGuard(): ChildProcess {
  const script = fileURLToPath(new URL('guard.sh', import.meta.url));
  const child = spawn('bash', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref(); // it must not keep the test process alive; neither must its pipe
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
