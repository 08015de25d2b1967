// The one door through which processes are started for plugins. Each becomes its user for good, without any capability
// (`setpriv`), dies with us (pdeathsig), leads a process group of its own, and has no file open but its pipes: a process of
// Node's talks over fd 3 (fd 4 is for `turns.ts`), any other program over its standard input and output. Nothing secret goes
// through here: settings are sent over those pipes, never as argument or variable.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { type Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { childEnvironment, refuseUnsafeVariables } from './environment.ts';
import { hasCapabilities, type Identity } from './identity.ts';
import { OOM_SCORE } from './oom-score.ts';

/** What holds for a process, whatever it runs. */
interface ProcessSpec {
  /** `null`: the user that we are. */
  readonly identity: Identity | null;
  /** Where we are root and the child stays root: whether it keeps what root can do. */
  readonly keepsCapabilities?: boolean;
  /** Added to the scrubbed environment; no secrets: every process of the same user can read it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string;
}

/** A process of Node's. */
export interface ChildSpec extends ProcessSpec {
  /** Absolute path of a JavaScript module. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Options of `node` itself, such as `--max-old-space-size=256`. */
  readonly nodeOptions?: readonly string[];
  /** An open file that it shares with us, as its fd 4: see `turns.ts`. */
  readonly turns?: number | undefined;
}

/** A process of any other program. */
export interface CommandSpec extends ProcessSpec {
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** `error`: the program never ran. */
export type ChildExit =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: TaskqueueError };

/** How it ended, to complete the sentence "the process …". */
export function endOf(exit: ChildExit): string {
  if ('error' in exit) return `could not be started: ${messageOf(exit.error)}`;
  return exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
}

export interface StartedProcess {
  /** Also of the process group; `undefined` where nothing was started. */
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. What was left of the process group has been killed by then. */
  readonly exited: Promise<ChildExit>;
  /** False where nobody is left to get the signal, or where we have no right to send it. */
  killGroup(signal: NodeJS.Signals): boolean;
}

export interface Child extends StartedProcess {
  /** fd 3 of the child */
  readonly pipe: Duplex;
}

export interface CommandChild extends StartedProcess {
  readonly stdin: Writable;
}

const SETPRIV = '/usr/bin/setpriv';
const ENV = '/usr/bin/env';
const SHELL = '/bin/sh';

/**
 * Starts a child process of Node's. Whether it runs is known by its first frame.
 * @throws TaskqueueError `CONFIG` or `PERMISSION` where it must not be started like this
 */
export function spawnChild(spec: ChildSpec): Child {
  const argv = [process.execPath, ...nodeFlags(spec), spec.program, ...(spec.args ?? [])];
  const turns = spec.turns === undefined ? [] : [spec.turns];
  const { child, started } = goThroughTheDoor(spec, argv, ['ignore', 'pipe', 'pipe', 'pipe', ...turns]);
  const pipe = (child?.stdio[3] ?? closedStream()) as Socket;
  const exited = started.exited.then((exit) => {
    const error = 'code' in exit && pipe.bytesRead === 0 ? failureOfTheDoor(exit.code, spec) : undefined;
    return error ? { error } : exit;
  });
  return { ...started, exited, pipe };
}

/**
 * Starts any program. Whether it runs is known by what it says; `env` and the shell, which start it, exit with 125, 126
 * or 127 where they cannot, and say why on its standard error.
 * @throws TaskqueueError `CONFIG` or `PERMISSION` where it must not be started like this
 */
export function spawnCommand(spec: CommandSpec): CommandChild {
  const argv = [SHELL, '-c', VOLUNTEER_AND_RUN, spec.command[0], ...spec.command];
  const { child, started } = goThroughTheDoor(spec, argv, ['pipe', 'pipe', 'pipe']);
  return { ...started, stdin: child?.stdin ?? closedStream() };
}

/** A process of Node's does it by itself: see oom-score.ts. In a sandbox there may be no such file. */
const VOLUNTEER_AND_RUN = `{ echo ${OOM_SCORE} > /proc/self/oom_score_adj; } 2> /dev/null; exec "$@"`;

/**
 * What `setpriv` is told. The working directory is entered by `env` afterwards: root with few capabilities may not
 * enter a user's home, and must not be led by a user's links.
 * @throws TaskqueueError `PERMISSION`
 */
export function privilegeOptions(
  spec: ProcessSpec,
  self: { readonly uid: number; readonly canDropBounds: boolean },
): readonly string[] {
  const always = ['--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--pdeathsig=KILL'];
  if (switchesUser(spec, self.uid)) {
    const { name, uid, gid } = spec.identity as Identity;
    const user = /^\d+$/.test(name) ? uid : name; // by name: of two users with one id, each has groups of its own
    return [`--reuid=${user}`, `--regid=${gid}`, '--init-groups', ...always];
  }
  if (self.uid !== 0 || spec.keepsCapabilities) return always;
  if (self.canDropBounds) return ['--bounding-set=-all', ...always];
  throw new TaskqueueError(
    'PERMISSION',
    'a process of root without capabilities can only be started with CAP_SETPCAP: add it to the CapabilityBoundingSet of the unit, or set another user',
  );
}

function switchesUser(spec: ProcessSpec, ownUid: number): boolean {
  return spec.identity !== null && spec.identity.uid !== ownUid;
}

/** A signal must not open the inspector: it gives whoever may connect the rights of the process. */
function nodeFlags(spec: ChildSpec): readonly string[] {
  const flag = '--disable-sigusr1'; // newer Node; where it is missing, `refuseInspector` does it
  return [...(process.allowedNodeEnvironmentFlags.has(flag) ? [flag] : []), ...(spec.nodeOptions ?? [])];
}

interface Passed {
  /** `undefined` where there are no pipes. */
  readonly child: ChildProcess | undefined;
  readonly started: StartedProcess;
}

function goThroughTheDoor(spec: ProcessSpec, argv: readonly string[], stdio: StdioOptions): Passed {
  const self = { uid: process.geteuid?.() ?? -1, canDropBounds: hasCapabilities(['setpcap']) };
  if (switchesUser(spec, self.uid)) refuseUnsafeVariables(spec.environment);
  const args = [...privilegeOptions(spec, self), '--', ENV, `--chdir=${spec.workdir}`, ...argv];
  try {
    const child = spawn(SETPRIV, args, {
      cwd: '/',
      env: childEnvironment(process.env, spec.identity, spec.environment),
      stdio,
      detached: true, // a session, and with it a process group, of its own
    });
    return child.stdio ? runningChild(child) : deadChild(new Promise((resolve) => child.once('error', resolve)));
  } catch (err) {
    return deadChild(Promise.resolve(err)); // such as E2BIG, for an environment beyond all bounds
  }
}

function runningChild(child: ChildProcess): Passed {
  let isLeaderGone = child.pid === undefined;
  const killGroup = (signal: NodeJS.Signals): boolean => !isLeaderGone && sendToGroup(child.pid as number, signal);

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('error', (err) => {
      if (child.pid === undefined) resolve({ error: notStarted(err) }); // else: a signal that could not be sent
    });
    child.once('exit', (code, signal) => {
      killGroup('SIGKILL'); // what it had started must not outlive it: its workitem will run elsewhere
      isLeaderGone = true; // from now on the number may be somebody else's
      resolve({ code, signal });
    });
  });
  const [stdout, stderr] = [child.stdout as Readable, child.stderr as Readable];
  return { child, started: { pid: child.pid, stdout, stderr, exited, killGroup } };
}

/** Where not even the pipes could be made. (Node leaves out the streams when it runs out of file descriptors.) */
function deadChild(why: Promise<unknown>): Passed {
  const [stdout, stderr] = [closedStream(), closedStream()];
  const exited = why.then((err): ChildExit => ({ error: notStarted(err) }));
  return { child: undefined, started: { pid: undefined, stdout, stderr, exited, killGroup: () => false } };
}

function closedStream(): Duplex {
  return new PassThrough().destroy();
}

function sendToGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // ESRCH or EPERM: told apart by nobody, and said in the result
  }
}

function notStarted(err: unknown): TaskqueueError {
  const why =
    err instanceof Error && 'code' in err && err.code === 'ENOENT'
      ? `${SETPRIV} is missing: install util-linux`
      : messageOf(err);
  return new TaskqueueError('UNAVAILABLE', `no process could be started: ${why}`, { cause: err });
}

/** What `setpriv` and `env` exit with where they could not start the program; only meant where it has said nothing. */
function failureOfTheDoor(code: number | null, spec: ChildSpec): TaskqueueError | undefined {
  const who = spec.identity ? `user ${spec.identity.name}` : 'this user';
  if (code === 125) return new TaskqueueError('CONFIG', `workdir ${spec.workdir} cannot be entered by ${who}`);
  if (code !== 126 && code !== 127) return undefined;
  return new TaskqueueError('CONFIG', `${ENV} or ${process.execPath} cannot be executed by ${who} (exit code ${code})`);
}
