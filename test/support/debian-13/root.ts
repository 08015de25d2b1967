// A root file system of Debian 13, in the cache of the clone: made once by mmdebstrap, never changed afterwards. What it
// takes to make and boot one is installed on this machine where it is missing.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guardDirectory, releaseDirectory } from '../guard.ts';
import { outputOf, run } from '../run.ts';

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url));
const SUITE = 'trixie';

/** What is in it: a system, what taskqueue needs, what builds packages, and what the tests look with. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'procps', 'ca-certificates', 'nodejs', 'rabbitmq-server'],
  ...['build-essential', 'debhelper', 'fakeroot', 'lintian', 'man-db', 'bash-completion', 'needrestart', 'amqp-tools'],
];

/** Programs that this machine needs, and the packages that they come in. */
const TOOLS = { mmdebstrap: 'mmdebstrap', 'systemd-nspawn': 'systemd-container' } as const;

export async function debianRoot(): Promise<string> {
  const id = createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 8);
  const folder = join(CACHE, `debian-13-${process.arch}-${id}`);
  await installTools();
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE).filter((name) => name.startsWith('debian-13-'))) {
    rmSync(join(CACHE, old), { recursive: true, force: true });
  }
  const scratch = mkdtempSync(`${folder}.`);
  guardDirectory(scratch);
  try {
    const options = ['--variant=minbase', `--include=${PACKAGES.join()}`, '--dpkgopt=path-exclude=/usr/share/locale/*'];
    await outputOf('mmdebstrap', [...options, SUITE, join(scratch, 'root'), await debianMirror()], {
      deadlineMs: 400_000,
    });
    renameSync(join(scratch, 'root'), folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    releaseDirectory(scratch);
  }
}

async function installTools(): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(TOOLS)) {
    if ((await run('sh', ['-c', `command -v ${program}`])).exitCode !== 0) missing.push(name);
  }
  if (missing.length === 0) return;
  await run('apt-get', ['update'], { deadlineMs: 120_000 }); // its exit code says nothing: one foreign source may be away
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  await outputOf('apt-get', install, { env, deadlineMs: 240_000 });
}

/** Where this machine gets its own Debian packages from. */
async function debianMirror(): Promise<string> {
  const format = ['--format', '$(ORIGIN) $(SITE)', 'Created-By: Packages'];
  let targets = await outputOf('apt-get', ['indextargets', ...format]);
  if (!/^Debian \S/m.test(targets)) {
    await run('apt-get', ['update'], { deadlineMs: 120_000 }); // before, apt does not know whose sources they are
    targets = await outputOf('apt-get', ['indextargets', ...format]);
  }
  const mirror = [...targets.matchAll(/^Debian (\S+)$/gm)].map((match) => match[1] as string);
  const main = mirror.find((site) => !site.includes('security'));
  if (main === undefined) throw new Error(`this machine has no package source of Debian's:\n${targets}`);
  return main;
}
