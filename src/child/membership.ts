// Which groups somebody is in, as the system itself would set them at a login: `id` asks NSS, initgroups included.
import { execFile } from 'node:child_process';
import { messageOf, TaskqueueError } from '../core/errors.ts';

const ID = '/usr/bin/id';

/** @throws TaskqueueError `UNAVAILABLE` where nobody could say so in time */
export function groupsOf(user: string, deadlineMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: Math.max(1, deadlineMs),
      killSignal: 'SIGKILL',
      maxBuffer: 1024 ** 2,
      cwd: '/',
    } as const;
    execFile(ID, ['-G', '--', user], options, (err, stdout) => {
      if (!err) resolve(stdout.trim().split(/\s+/).map(Number));
      else reject(new TaskqueueError('UNAVAILABLE', `groups of "${user}": ${messageOf(err).trim()}`, { cause: err }));
    });
  });
}
