// As whom plugin code runs. Never as somebody else than the configuration says: what can't be done is an error.
import { TaskqueueError } from '../core/errors.ts';
import { canSwitchUsers, type Identity, resolveIdentity } from './identity.ts';

/** Whom plugin code runs as where the daemon is root and the configuration names nobody. */
export const WORKER_USER = 'taskqueue-worker';

/** How long the system's user database may take to answer. */
export const LOOKUP_WITHIN_MS = 5_000;

/**
 * @param user as configured; `null` where nobody is named
 * @returns `null`: the user that we are
 * @throws TaskqueueError where that user does not exist, or we may not become it
 */
export async function workerIdentity(user: string | null): Promise<Identity | null> {
  const canSwitch = canSwitchUsers();
  if (user === null) return canSwitch ? resolveIdentity(WORKER_USER, LOOKUP_WITHIN_MS) : null;
  const identity = await resolveIdentity(user, LOOKUP_WITHIN_MS);
  if (canSwitch || identity.uid === process.geteuid?.()) return identity;
  throw new TaskqueueError(
    'PERMISSION',
    `user = ${user}: only a daemon that runs as root can start processes as another user`,
  );
}
