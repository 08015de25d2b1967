// Short-lived commands: run one, and get what it printed.
import { spawnGuarded } from './guard.ts';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly deadlineMs?: number;
}

export interface RunResult {
  /** `null` where a signal ended it, ours at the deadline for instance. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. At the deadline it is killed, with its process group. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGuarded(command, args, { env: options.env, cwd: options.cwd, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), options.deadlineMs ?? 60_000);
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(new Error(`${command} could not be started`, { cause }));
    });
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, ...output });
    });
    child.stdin?.on('error', () => undefined); // it ended without reading all of it: its exit code tells
    child.stdin?.end(options.input ?? '');
  });
}

/** Standard output of a command that must succeed; else an error with everything that it said. */
export async function outputOf(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command, args, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${[command, ...args].join(' ')} ended with ${exitCode ?? 'a signal'}:\n${stderr}${stdout}`);
}
