// A core dump of a daemon would hold the broker's password. Node cannot set its own limits, so `prlimit` (util-linux) does.
import { execFile } from 'node:child_process';

/** Sets the soft limit alone: a worker process may raise its own again. Resolves with why not, where it did not work. */
export function forbidCoreDumps(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('/usr/bin/prlimit', ['--pid', String(process.pid), '--core=0:'], { timeout: 5_000 }, (err) =>
      resolve(err ? err.message : undefined),
    );
  });
}
