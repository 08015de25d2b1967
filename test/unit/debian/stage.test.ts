// What `npm run stage` builds for the Debian packages lies elsewhere than in dist/, beside which it must work as well.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { outputOf } from '../../support/run.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

it('the build writes into the directory that it is told, from a directory that has no dist/', async () => {
  const out = join(temporaryDirectory('stage'), 'dist');
  const from = temporaryDirectory('sources');
  await outputOf('cp', ['-a', 'src', 'package.json', 'tsconfig.json', from], { cwd: ROOT });
  await outputOf('ln', ['-s', join(ROOT, 'node_modules'), from]);
  const program = `import { build } from ${JSON.stringify(join(ROOT, '.ci/build.mjs'))};
    process.exitCode = (await build(process.argv[1], process.argv[2], { sourcemap: false })) ? 0 : 1;`;
  await outputOf(process.execPath, ['--input-type=module', '--eval', program, from, out]);

  for (const path of [
    'worker/main.js',
    'worker/sdk.d.ts',
    'client/sdk.js',
    'testing/kit.js',
    'plugin/resolve-hook.js',
  ]) {
    expect(existsSync(join(out, path)), path).toBe(true);
  }
  expect(statSync(join(out, 'cli/main.js')).mode & 0o111).toBe(0o111);
  expect(existsSync(join(from, 'dist'))).toBe(false);
}, 60_000);
