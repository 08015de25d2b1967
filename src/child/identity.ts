// Who a child process becomes. Names are looked up by `getent`, that is by NSS: users of LDAP and the like count, and a
// directory service that hangs holds up nobody for longer than the deadline.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

export interface Identity {
  readonly name: string;
  readonly uid: number;
  /** of the primary group; the supplementary ones are set by whoever starts the process */
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

const GETENT = '/usr/bin/getent';

/**
 * @param user a name, or a numeric user id
 * @throws TaskqueueError `CONFIG` where there is no such user, `UNAVAILABLE` where nobody could say so in time
 */
export async function resolveIdentity(user: string, deadlineMs: number, getent = GETENT): Promise<Identity> {
  if (!/^[^\s:/]{1,256}$/.test(user)) throw unknownUser(user, 'that is no user name');
  const answer = await askPasswd(user, deadlineMs, getent);
  switch (answer.kind) {
    case 'found':
      return parsePasswd(user, answer.line);
    case 'unknown':
      throw unknownUser(user, 'create it, or name another one (getent passwd does not know it)');
    case 'failed':
      throw new TaskqueueError('UNAVAILABLE', `user "${user}" cannot be looked up: ${answer.why}`);
    default:
      return answer satisfies never;
  }
}

type Answer =
  | { readonly kind: 'found'; readonly line: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly why: string };

/** What `getent` exits with where there is no such entry. */
const NOT_FOUND = 2;

function askPasswd(user: string, deadlineMs: number, getent: string): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { timeout: Math.max(1, deadlineMs), killSignal: 'SIGKILL', maxBuffer: 64 * 1024 } as const;
    execFile(getent, ['passwd', '--', user], { ...options, cwd: '/' }, (err, stdout) => {
      if (!err) resolve({ kind: 'found', line: stdout.split('\n', 1)[0] as string });
      else if (err.code === NOT_FOUND) resolve({ kind: 'unknown' });
      else if (err.killed) resolve({ kind: 'failed', why: `getent passwd did not answer within ${deadlineMs} ms` });
      else resolve({ kind: 'failed', why: messageOf(err).trim() });
    });
  });
}

/** A line of passwd(5). */
function parsePasswd(user: string, line: string): Identity {
  const [name, , uid, gid, , home, shell] = line.split(':');
  if (!name || !/^\d{1,10}$/.test(uid ?? '') || !/^\d{1,10}$/.test(gid ?? '')) {
    throw new TaskqueueError('UNAVAILABLE', `user "${user}": getent passwd gave no passwd line: ${printable(line)}`);
  }
  return { name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
}

function unknownUser(user: string, then: string): TaskqueueError {
  return new TaskqueueError('CONFIG', `user "${printable(user)}" does not exist: ${then}`);
}

/** Whether this process may start children as other users. */
export function canSwitchUsers(): boolean {
  return process.geteuid?.() === 0 && hasCapabilities(['setuid', 'setgid']);
}

const CAPABILITY_BITS = { setgid: 6n, setuid: 7n, setpcap: 8n } as const;

/** Whether all of these are in effect for this process. */
export function hasCapabilities(names: readonly (keyof typeof CAPABILITY_BITS)[]): boolean {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const effective = BigInt(`0x${found?.[1] ?? '0'}`);
  return names.every((name) => ((effective >> CAPABILITY_BITS[name]) & 1n) === 1n);
}
