// Runs a program to its end, with everything that it starts. No shell: arguments stay what they are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** @import { FileHandle } from 'node:fs/promises' */
/** @typedef {{ cwd: string, env: NodeJS.ProcessEnv, log: FileHandle, signal: AbortSignal }} Options */

// Two small guards around each program. When the signal aborts, we kill its process group. When *this process* dies,
// nobody is left to do so: then the kernel tells `timeout` (by setpriv's pdeathsig), which ends the group. Its own time
// limit is not used, that is task_timeout's business.
const GUARDS = ['--pdeathsig=TERM', '--', 'timeout', '--kill-after=1', '0'];

/**
 * The exit status of the program. Its output goes to the log.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Options} options
 * @returns {Promise<number>}
 */
export async function run(program, args, { cwd, env, log, signal }) {
  signal.throwIfAborted();
  const stdio = /** @type {const} */ (['ignore', log.fd, log.fd]);
  const child = spawn('setpriv', [...GUARDS, program, ...args], { cwd, env, stdio: [...stdio], detached: true });
  const kill = () => killGroup(child.pid);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [status, endedBy] = await once(child, 'exit');
    signal.throwIfAborted();
    if (status === null) throw new Error(`${program} was ended by ${endedBy}`);
    if (status >= 125 && status <= 127) throw new Error(`${program} can't be run: is dpkg-dev installed?`);
    return status;
  } finally {
    signal.removeEventListener('abort', kill);
    kill(); // what it has left running in the background
  }
}

/** @param {number | undefined} leader */
function killGroup(leader) {
  if (leader === undefined) return; // it was never started
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'ESRCH')) throw err; // ESRCH: all have ended
  }
}
