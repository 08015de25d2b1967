// Debian packages, unpacked instead of installed: no root, nothing changes on the machine. apt gets a state of its own,
// so that it works as any user, and on a machine that has no package lists yet.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guardDirectory, releaseDirectory } from './guard.ts';
import { type Release, sourcesOf } from './other-release.ts';
import { outputOf, run } from './run.ts';

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));
const STATUS = '/var/lib/dpkg/status';

export interface Wanted {
  /** Names the folder in the cache. */
  readonly name: string;
  /** These, and what they depend on as far as this machine lacks it. */
  readonly packages: readonly string[];
  /** Unpacked even where the machine has them installed. */
  readonly always: RegExp;
  /** Dependencies that are of no use without being installed (init scripts, …). */
  readonly without: RegExp;
  /** Where it is not the machine's own. Nothing that the machine has counts for it. */
  readonly release?: Release;
  /** Last step, on the complete folder. */
  readonly finish?: (folder: string) => void;
}

/** The folder that holds the unpacked packages: the one in the cache, or a new one. */
export async function unpacked(wanted: Wanted): Promise<string> {
  const release = wanted.release === undefined ? ownRelease() : `debian-${wanted.release.version}`;
  const folder = join(CACHE, `${wanted.name}-${release}-${process.arch}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  // All of it happens beside the final name: whoever interrupts it leaves no half folder behind.
  const scratch = mkdtempSync(`${folder}.`);
  guardDirectory(scratch);
  try {
    await download(wanted, scratch);
    await unpack(scratch);
    wanted.finish?.(join(scratch, 'root'));
    moveInto(join(scratch, 'root'), folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    releaseDirectory(scratch);
  }
}

/** Where the loader finds the unpacked libraries. */
export function libraryPath(folder: string): string {
  return ['usr/lib', 'lib']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((entry) => join(path, entry)))
    .filter((path) => /-linux-gnu[a-z0-9_]*$/.test(path))
    .join(':');
}

/** `debian-12`: packages of one release do not run on another. */
function ownRelease(): string {
  return `${fieldOfRelease('ID')}-${fieldOfRelease('VERSION_ID')}`;
}

export function fieldOfRelease(name: string): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? 'unknown';
}

async function download(wanted: Wanted, scratch: string): Promise<void> {
  for (const part of ['apt/state/lists/partial', 'apt/cache/archives/partial', 'debs', 'root']) {
    mkdirSync(join(scratch, part), { recursive: true });
  }
  const isOwn = wanted.release === undefined;
  writeFileSync(join(scratch, 'apt/status'), isOwn ? statusWithout(wanted.always) : '');
  const options = aptOptions(
    scratch,
    isOwn ? {} : sourcesOf(wanted.release, fieldOfRelease('VERSION_CODENAME'), scratch),
  );
  const apt = (...args: string[]) =>
    run('apt-get', [...options, ...args], { cwd: join(scratch, 'debs'), deadlineMs: 120_000 });
  try {
    // Its exit code says nothing: one foreign source that is not there is no reason to give up.
    const update = await apt('update');
    const plan = await apt('--simulate', '--no-install-recommends', 'install', ...wanted.packages);
    const names = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
    if (plan.exitCode !== 0 || names.length === 0) throw new Error(update.stderr + plan.stderr + plan.stdout);
    const fetched = await apt('download', ...names.filter((name) => !wanted.without.test(name)));
    if (fetched.exitCode !== 0) throw new Error(fetched.stderr);
  } catch (cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = 'They come from the package sources of this Debian machine, through apt-get.';
    throw new Error(`${wanted.packages.join(' and ')} can't be fetched. ${advice}\n${reason}`, { cause });
  }
}

function aptOptions(scratch: string, sources: Record<string, string>): string[] {
  const settings = {
    'Dir::State': join(scratch, 'apt/state'),
    'Dir::State::status': join(scratch, 'apt/status'),
    'Dir::Cache': join(scratch, 'apt/cache'),
    'APT::Sandbox::User': '',
    'Debug::NoLocking': '1',
    'Acquire::Retries': '3',
    ...sources,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * What is installed here, as far as it may count as there. Without its own dependencies: whether those are met is not
 * our business, and apt would refuse to plan anything where one of them is not.
 */
function statusWithout(names: RegExp): string {
  const entries = readFileSync(STATUS, 'utf8').split('\n\n');
  const counting = entries.filter((entry) => !names.test(/^Package: (\S+)/m.exec(entry)?.[1] ?? ''));
  return counting.map((entry) => entry.match(STATUS_FIELDS)?.join('\n') ?? '').join('\n\n');
}

const STATUS_FIELDS = /^(Package|Status|Version|Architecture|Multi-Arch|Provides|Essential):.*$/gm;

async function unpack(scratch: string): Promise<void> {
  for (const deb of readdirSync(join(scratch, 'debs')).filter((name) => name.endsWith('.deb'))) {
    await outputOf('dpkg-deb', ['--extract', join(scratch, 'debs', deb), join(scratch, 'root')]);
  }
}

/** A rename, unless another run has been faster. */
function moveInto(from: string, folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    renameSync(from, folder);
  } catch (error: unknown) {
    if (!existsSync(folder)) throw error;
  }
}
