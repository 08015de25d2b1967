// A program on a terminal of its own, 80 by 24: what it shows, and a keyboard.
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { spawnGuarded } from './guard.ts';
import { until } from './until.ts';

export interface OnTerminal {
  /** Everything it has written so far. */
  readonly written: () => string;
  type(keys: string): void;
  waitFor(pattern: RegExp): Promise<string>;
  /** Its exit code. */
  readonly exited: Promise<number | null>;
}

/** `script` of util-linux makes the terminal. */
export function startOnTerminal(command: readonly string[]): OnTerminal {
  const quoted = command.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(' ');
  const args = ['--quiet', '--flush', '--return', '--command', `stty rows 24 cols 80; exec ${quoted}`, '/dev/null'];
  const child = spawnGuarded('script', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let written = '';
  child.stdout?.on('data', (data: Buffer) => {
    written += data.toString();
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    written: () => written,
    type: (keys) => void child.stdin?.write(keys),
    waitFor: (pattern) => until(() => pattern.exec(written)?.[0] ?? false, `${pattern} on the terminal`, 30_000),
    exited,
  };
}
