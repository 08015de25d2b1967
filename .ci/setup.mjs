// Makes a fresh clone runnable: dependencies into node_modules/, the build into dist/. Where nothing has changed it does
// nothing, quickly. With `build` it leaves the dependencies as they are. Plain Node, because there may be nothing else yet.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
/** Lists the sources of the last complete build; its time is the time of that build. */
const STAMP = join(DIST, '.built');
/** Outputs that are started as programs. */
const PROGRAMS = ['cli/main.js'];

const isBuildOnly = process.argv[2] === 'build';
process.exitCode = (isBuildOnly || installDependencies()) && build() ? 0 : 1;

function installDependencies() {
  const wanted = join(ROOT, 'package-lock.json');
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (existsSync(installed) && changedAt(installed) >= changedAt(wanted)) return true;
  console.log('Installing the dependencies into node_modules/ (npm ci).');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  return run([...npm, 'ci', '--no-audit', '--no-fund']);
}

function build() {
  const sources = filesIn(SRC).filter((file) => file.endsWith('.ts'));
  const inputs = [...sources, join(SRC, 'tsconfig.json'), join(ROOT, 'tsconfig.json'), join(ROOT, 'package-lock.json')];
  const list = sources.map((file) => relative(SRC, file)).join('\n');
  if (isUpToDate(inputs, list)) return true;
  console.log('Building src/ into dist/ (tsc).');
  const startedAt = new Date();
  if (!run([process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', SRC])) return false;
  removeStale(sources);
  for (const program of PROGRAMS.map((name) => join(DIST, name)).filter(existsSync)) chmodSync(program, 0o755);
  writeStamp(list, startedAt);
  return true;
}

function isUpToDate(inputs, list) {
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== list) return false;
  if (PROGRAMS.some((name) => list.includes(name.replace(/\.js$/, '.ts')) && !existsSync(join(DIST, name))))
    return false;
  const builtAt = changedAt(STAMP);
  return inputs.every((file) => changedAt(file) < builtAt);
}

/** Outputs whose source has been removed or renamed: they would still be found by whoever imports them. */
function removeStale(sources) {
  const kept = new Set(sources.map((file) => relative(SRC, file).replace(/\.ts$/, '')));
  for (const file of filesIn(DIST)) {
    const source = relative(DIST, file).replace(/(\.d\.ts|\.js|\.js\.map)$/, '');
    if (!kept.has(source)) rmSync(file);
  }
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
