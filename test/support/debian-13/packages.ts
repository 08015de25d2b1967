// The Debian packages, built as a user would, in a fresh Debian 13 without network; only `npm run stage` has one.
import { fileURLToPath } from 'node:url';
import { outputOf } from '../run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Whatever runs in these ends with the process that `unshare` is. */
export const OWN_NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

/** Into `target`: see build.sh. */
export async function buildPackages(root: string, target: string): Promise<void> {
  await outputOf(process.execPath, [`${ROOT}.ci/stage.mjs`], { deadlineMs: 120_000 });
  const args = [...OWN_NAMESPACES, 'bash', script('in-overlay.sh'), root, 'bash', script('build.sh'), ROOT, target];
  await outputOf('unshare', args, { deadlineMs: 180_000 });
}
