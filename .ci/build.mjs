// Builds src/ into JavaScript that starts quickly: a process that reads hundreds of small files is twice as long at its start
// as one that reads a few. So the code is put together (rolldown), each program with what it shares with others, and the
// packages that it needs are left where they are. The compiler writes what other programs' compilers read: the types.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Programs, beside those that package.json names, that are started or loaded by their path. */
const PROGRAMS = ['worker/main', 'dispatcher/format-reader/main', 'plugin/resolve-hook'];

/**
 * Resolves with whether it could be done; what is wrong has been said.
 * @param root the directory that holds src/, package.json and node_modules/
 * @param out what was there before is gone
 */
export async function build(root, out, { sourcemap }) {
  rmSync(out, { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const types = ['-p', join(root, 'src'), '--emitDeclarationOnly', '--outDir', out];
  if (spawnSync(process.execPath, [compiler, ...types], { cwd: root, stdio: 'inherit' }).status !== 0) return false;

  const { bin, exports, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [bin.taskqueue, ...Object.values(exports).map((entry) => entry.default)];
  const entries = [...named.map(belowDist), ...PROGRAMS];
  const { rolldown } = await importFrom(root, 'rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
    external: Object.keys(dependencies),
    platform: 'node',
    tsconfig: false,
  });
  await bundle.write({ dir: out, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', sourcemap });
  chmodSync(join(out, `${belowDist(bin.taskqueue)}.js`), 0o755);
  return true;
}

/** `./dist/cli/main.js`, as package.json has it → `cli/main` */
function belowDist(path) {
  return path.replace(/^(\.\/)?dist\/(.*)\.js$/, '$2');
}

/** Of the dependencies beside what is built: there are none before they are installed. */
function importFrom(root, name) {
  return import(pathToFileURL(createRequire(join(root, 'package.json')).resolve(name)).href);
}
