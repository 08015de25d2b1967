// A global set-up: the tests that start programs of ours find them in dist/, and they are those of today's sources.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function setup(): void {
  const build = fileURLToPath(new URL('../../.ci/setup.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [build, 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('src/ could not be built: no test that starts a program could mean anything');
}
