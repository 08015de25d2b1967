// Makes a fresh clone runnable: dependencies into node_modules/, the build into dist/. Where nothing has changed it does
// nothing, quickly. With `build` it leaves the dependencies as they are. Plain Node, because there may be nothing else yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as buildInto } from './build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
/** Lists the sources of the last complete build; its time is the time of that build. */
const STAMP = join(DIST, '.built');

const isBuildOnly = process.argv[2] === 'build';
process.exitCode = (isBuildOnly || installDependencies()) && (await build()) ? 0 : 1;

function installDependencies() {
  const wanted = join(ROOT, 'package-lock.json');
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (existsSync(installed) && changedAt(installed) >= changedAt(wanted)) return true;
  console.log('Installing the dependencies into node_modules/ (npm ci).');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  return run([...npm, 'ci', '--no-audit', '--no-fund']);
}

async function build() {
  const sources = filesIn(SRC).filter((file) => file.endsWith('.ts'));
  const manifests = ['tsconfig.json', 'package.json', 'package-lock.json', '.ci/build.mjs'].map((name) =>
    join(ROOT, name),
  );
  const inputs = [...sources, join(SRC, 'tsconfig.json'), ...manifests];
  const list = sources.map((file) => relative(SRC, file)).join('\n');
  if (isUpToDate(inputs, list)) return true;
  console.log('Building src/ into dist/.');
  const startedAt = new Date();
  if (!(await buildInto(ROOT, DIST, { sourcemap: true }))) return false;
  writeStamp(list, startedAt);
  return true;
}

function isUpToDate(inputs, list) {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== list) return false;
  const builtAt = changedAt(STAMP);
  return inputs.every((file) => changedAt(file) < builtAt);
}

/** What was edited while the build ran counts as newer than the build. */
function writeStamp(list, startedAt) {
  writeFileSync(STAMP, list);
  utimesSync(STAMP, startedAt, startedAt);
}

function run([command, ...args]) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  return status === 0;
}

function filesIn(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function changedAt(file) {
  return statSync(file).mtimeMs;
}
