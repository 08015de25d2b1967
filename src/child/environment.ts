// The environment of a child process: a short list of what may come from the daemon's own, then the user's, then what
// the configuration adds. Everything else stays behind: a daemon's environment is no business of a plugin's.
import { TaskqueueError } from '../core/errors.ts';
import type { Identity } from './identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param own the daemon's environment
 * @param identity who the child becomes; `null` where it stays who we are
 * @param added the configured variables; they win
 */
export function childEnvironment(
  own: Environment,
  identity: Identity | null,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isKept(entry[0], identity),
  );
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(kept), ...(identity ? variablesOf(identity) : {}), ...added };
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const KEPT_ALWAYS: ReadonlySet<string> = new Set(['PATH', 'LANG', 'LANGUAGE', 'TZ']);
/** They describe the user that we are, and hold for the child where it stays that user. */
const KEPT_AS_OURSELVES: ReadonlySet<string> = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR']);

function isKept(name: string, identity: Identity | null): boolean {
  return KEPT_ALWAYS.has(name) || name.startsWith('LC_') || (identity === null && KEPT_AS_OURSELVES.has(name));
}

function variablesOf(identity: Identity): Record<string, string> {
  return { HOME: identity.home, USER: identity.name, LOGNAME: identity.name, SHELL: identity.shell };
}

/**
 * Refuses configured variables that would act on `setpriv` itself, while it is still root: an LD_LIBRARY_PATH in a
 * user's home would make that user root. (It is the list that the C library ignores in set-uid programs.)
 * @throws TaskqueueError `CONFIG`
 */
export function refuseUnsafeVariables(added: Readonly<Record<string, string>>): void {
  const unsafe = Object.keys(added).find((name) => UNSAFE.some((start) => name.startsWith(start)));
  if (unsafe === undefined) return;
  throw new TaskqueueError(
    'CONFIG',
    `environment: ${unsafe} cannot be set for a process of another user, since it would act on the program that switches users; let the plugin set it for the programs that it starts`,
  );
}

const UNSAFE = [
  'LD_',
  'GLIBC_',
  'GCONV_PATH',
  'GETCONF_DIR',
  'HOSTALIASES',
  'LOCALDOMAIN',
  'LOCPATH',
  'MALLOC_',
].concat(['NIS_PATH', 'NLSPATH', 'RESOLV_HOST_CONF', 'RES_OPTIONS', 'TZDIR']);
