// What `taskqueue check` can say about the users that workers run as: whether they exist, and whether they could read
// the broker's password out of the configuration.
import { resolveIdentity } from '../child/identity.ts';
import { groupsOf } from '../child/membership.ts';
import { LOOKUP_WITHIN_MS, WORKER_USER } from '../child/worker-user.ts';
import type { Finding, GroupConfig } from '../config/config.ts';
import { workerSection } from '../config/sections.ts';
import { messageOf } from '../core/errors.ts';
import { canRead, type Reader } from '../installation/can-read.ts';
import type { Installation } from '../installation/load.ts';

export async function findingsAboutUsers({ config, secretFiles }: Installation, isRoot: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [user, [group, ...others]] of usersOf(config.groups, isRoot)) {
    const reader = await readerFor(user);
    if (typeof reader === 'string') findings.push(warning(group, 'user', `does not start${nor(others)}: ${reader}`));
    else if (reader.uid !== 0) {
      const readable = secretFiles.filter((file) => canRead(reader, file));
      for (const file of readable) findings.push(warning(group, null, exposed(user, file)));
    }
  }
  return findings;
}

type Groups = [first: GroupConfig, ...others: GroupConfig[]];

/** Each user once, with those of its groups that run. */
function usersOf(groups: readonly GroupConfig[], isRoot: boolean): Map<string, Groups> {
  const users = new Map<string, Groups>();
  for (const group of groups) {
    const user = group.options.user ?? (isRoot ? WORKER_USER : null);
    if (user === null || group.instances === 0) continue;
    const known = users.get(user);
    if (known === undefined) users.set(user, [group]);
    else known.push(group);
  }
  return users;
}

/** More are counted, not named. */
const NAMED = 5;

/** The other groups of a user that does not exist: none of them starts. */
function nor(others: readonly GroupConfig[]): string {
  if (others.length === 0) return '';
  const named = others.slice(0, NAMED).map(({ name }) => `[${name}]`);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  return `, and neither ${others.length === 1 ? 'does' : 'do'} ${named.join(', ')}${more}`;
}

/** A sentence where there is no such user: then its groups do not start. */
async function readerFor(user: string): Promise<Reader | string> {
  try {
    const { uid, gid } = await resolveIdentity(user, LOOKUP_WITHIN_MS);
    return { uid, gids: [gid, ...(await groupsOf(user, LOOKUP_WITHIN_MS))] };
  } catch (err) {
    return messageOf(err);
  }
}

function exposed(user: string, file: string): string {
  return `its user "${user}" can read ${file}, and so the broker's password: chown root:taskqueue and chmod 640 it, and keep "${user}" out of the group taskqueue`;
}

function warning({ name }: GroupConfig, key: string | null, message: string): Finding {
  return { severity: 'warning', place: '', section: workerSection(name), key, message };
}
