// Could somebody read a file? Answered from owners and permission bits of it and of its ancestors, without trying.
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Reader {
  readonly uid: number;
  readonly gids: readonly number[];
}

interface Permissions {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** False, too, where it does not exist or cannot be examined. Access control lists are not looked at. */
export function canRead(reader: Reader, path: string, look: (path: string) => Permissions = statSync): boolean {
  try {
    const real = look === statSync ? realpathSync(path) : path;
    return (
      ancestorsOf(real).every((directory) => mayUse(reader, look(directory), SEARCH)) &&
      mayUse(reader, look(real), READ)
    );
  } catch {
    return false; // nobody is warned about a file that is not there
  }
}

const READ = 4;
const SEARCH = 1;

/** As the kernel does: the first of owner, group and others that fits decides alone. */
function mayUse({ uid, gids }: Reader, { mode, ...owner }: Permissions, bit: number): boolean {
  if (uid === 0) return true;
  if (uid === owner.uid) return (mode & (bit << 6)) !== 0;
  if (gids.includes(owner.gid)) return (mode & (bit << 3)) !== 0;
  return (mode & bit) !== 0;
}

function ancestorsOf(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [...ancestorsOf(above), above];
}
