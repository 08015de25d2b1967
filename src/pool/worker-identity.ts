// As whom the processes of a group run, and where. Never as somebody else than the configuration says: what can't be done is
// an error of that group alone.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { canSwitchUsers, type Identity, resolveIdentity } from '../child/identity.ts';
import type { ChildSpec } from '../child/spawn.ts';
import { TaskqueueError } from '../core/errors.ts';
import type { GroupPlan } from './plan.ts';

/** Whom workers run as where the pool manager is root and the configuration names nobody. */
export const WORKER_USER = 'taskqueue-worker';

/** How long the system's user database may take to answer. */
const LOOKUP_WITHIN_MS = 5_000;

const PROGRAM = fileURLToPath(new URL('../worker/main.js', import.meta.url));

/** Rejects with a TaskqueueError where the group can't run as its user. */
export async function childSpecFor({ group }: GroupPlan): Promise<ChildSpec> {
  const identity = await identityFor(group.options.user, canSwitchUsers());
  const ownData = `/var/lib/taskqueue/${group.type}`;
  const home = identity?.home ?? homedir();
  return {
    program: PROGRAM,
    identity,
    keepsCapabilities: group.options.user === 'root',
    environment: group.options.environment,
    workdir: group.options.workdir ?? (existsSync(ownData) ? ownData : home),
  };
}

/** `null`: the user that we are. */
async function identityFor(user: string | null, canSwitch: boolean): Promise<Identity | null> {
  if (user === null) return canSwitch ? resolveIdentity(WORKER_USER, LOOKUP_WITHIN_MS) : null;
  const identity = await resolveIdentity(user, LOOKUP_WITHIN_MS);
  if (canSwitch || identity.uid === process.geteuid?.()) return identity;
  throw new TaskqueueError(
    'PERMISSION',
    `user = ${user}: only a pool manager that runs as root can start workers as another user`,
  );
}
