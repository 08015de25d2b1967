// Packages of another Debian release than the machine's: from the machine's own package sources, with the other release's
// name in them. What is built against a newer C library runs with that one, in a mount namespace of its own, where its
// loader lies over the machine's. That takes root, or user namespaces, as Debian has them; nothing outside notices.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Release {
  /** As in package sources: `trixie`. */
  readonly codename: string;
  /** As in /etc/os-release: `13`. */
  readonly version: string;
}

export const TRIXIE: Release = { codename: 'trixie', version: '13' };

const SOURCES = '/etc/apt/sources.list';
const PARTS = '/etc/apt/sources.list.d';

/** Writes the sources into a new directory below `scratch`; returns the settings that make apt use them alone. */
export function sourcesOf(release: Release, own: string, scratch: string): Record<string, string> {
  const parts = join(scratch, 'apt/sources');
  mkdirSync(parts, { recursive: true });
  const files = [SOURCES, ...(existsSync(PARTS) ? readdirSync(PARTS).map((name) => join(PARTS, name)) : [])];
  for (const file of files.filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8');
    const other = text.replaceAll(new RegExp(`(?<=\\s)${own}(?=[\\s-])`, 'g'), release.codename);
    if (other !== text) writeFileSync(join(parts, basename(file)), other); // others have nothing of Debian's own
  }
  return { 'Dir::Etc::sourcelist': '/dev/null', 'Dir::Etc::sourceparts': parts };
}

/** What a command of the unpacked packages is to be started with, where they have a C library of their own. */
export function ownLoader(folder: string, libraries: string): readonly string[] {
  const loader = libraries
    .split(':')
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
    .find((path) => /\/ld-linux[^/]*\.so\.\d+$/.test(path));
  if (loader === undefined) return [];
  const machines = realpathSync(join('/', loader.slice(folder.length)));
  const asWhom = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...asWhom, '--mount', '--', 'sh', '-c', ENTER, 'sh', loader, machines, libraries];
}

/** Once the loader has changed, the shell starts nothing more before the new libraries are in the environment. */
const ENTER = `mount --bind "$1" "$2" && LD_LIBRARY_PATH="$3" && export LD_LIBRARY_PATH && shift 3 && exec "$@"`;
