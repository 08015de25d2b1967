// A child process that tells what it is: for the tests of the door that starts them. It is plain JavaScript in a
// directory that every user can read.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { builtModule } from './built-module.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface Report {
  /** Lines of /proc/self/status, by name. */
  readonly status: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly cwd: string;
  /** What the open files are, by number. */
  readonly files: Readonly<Record<string, string>>;
  /** The same of a process that it has started. */
  readonly filesOfItsChild: readonly string[];
  /** Exit code of a program that tries to become root. */
  readonly becameRoot: number;
}

const PROBE = `
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
const pipe = new Socket({ fd: 3, readable: true, writable: true });
const say = (value) => new Promise((done) => pipe.write(JSON.stringify(value) + '\\n', done));
const linkOf = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return 'closed'; } };
const [how, value] = process.argv.slice(2);
if (how === 'report') {
  const list = spawnSync('/bin/sh', ['-c', 'for f in /proc/self/fd/*; do readlink $f; done; true'], { encoding: 'utf8' });
  await say({
    status: Object.fromEntries(readFileSync('/proc/self/status', 'utf8').trim().split('\\n').map((l) => l.split(/:\\s*/))),
    env: process.env, argv: process.argv, execArgv: process.execArgv, cwd: process.cwd(),
    files: Object.fromEntries(readdirSync('/proc/self/fd').map((fd) => [fd, linkOf(fd)])),
    filesOfItsChild: list.stdout.trim().split('\\n'),
    becameRoot: spawnSync('/usr/bin/setpriv', ['--reuid=0', '--', '/bin/true']).status,
  });
  pipe.destroy();
} else if (how === 'exit') {
  await say('leaving');
  process.exit(Number(value));
} else if (how === 'loop') {
  await say('looping');
  for (;;);
} else if (how === 'family') {
  const child = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' });
  child.once('spawn', () => say(child.pid));
} else if (how === 'print') {
  process.stdout.write('to stdout\\n');
  process.stderr.write('to stderr\\n');
  pipe.destroy();
}
`;

export type ProbeArgs = readonly ['report' | 'loop' | 'family' | 'print'] | readonly ['exit', string];

/** Path of the program; its arguments are `ProbeArgs`. */
export function writeProbe(): string {
  return writeForAll('probe.mjs', PROBE);
}

/** A file in a new directory that every user can read. */
export function writeForAll(name: string, text: string): string {
  const directory = temporaryDirectory('probe');
  chmodSync(directory, 0o755);
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** What the probe says first. */
export function firstWord(pipe: Duplex): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = '';
    pipe.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) resolve(JSON.parse(text.slice(0, text.indexOf('\n'))));
    });
    pipe.once('error', reject);
    pipe.once('close', () => reject(new Error(`the probe said nothing but "${text}"`)));
  });
}

/** False for one that has ended, whether or not somebody has asked for its exit code. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false; // it is gone altogether
  }
}

/** A program that starts a probe through the built code, prints its pid once it loops, and does nothing more. */
export async function writeParent(probe: string, user: string | null): Promise<string> {
  return writeForAll(
    'parent.mjs',
    `import { spawnChild } from '${await builtModule('child/spawn')}';
     import { resolveIdentity } from '${await builtModule('child/identity')}';
     const identity = ${user === null ? 'null' : `await resolveIdentity('${user}', 10_000)`};
     const child = spawnChild({ program: '${probe}', args: ['loop'], identity, environment: {}, workdir: '/' });
     child.stderr.pipe(process.stderr);
     child.pipe.once('data', () => console.log(child.pid));`,
  );
}
