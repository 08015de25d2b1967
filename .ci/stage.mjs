// Puts into debian/stage what the Debian packages hold of us: compiled code and production dependencies, without what
// only developers need. The one step of building packages that needs the network; the developer's node_modules/ and
// dist/ are left alone. Where nothing has changed it does nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAGE = join(ROOT, 'debian/stage');
/** Written last; holds the fingerprint of what the stage was made from. */
const COMPLETE = join(STAGE, 'complete');
const INPUTS = [
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.npmrc',
  '.ci/stage.mjs',
  '.ci/build.mjs',
];
const NPM_CI = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];

/** Left out of dependencies: tests, documentation, sources of what is compiled, and what tools of their authors read. */
const LEFT_OUT_DIRECTORIES =
  /^(\..*|bin|scripts|fixtures|test|tests|__tests__|docs?|examples?|benchmarks?|coverage|build|tap-snapshots|__image_snapshots__)$/;
const LEFT_OUT_FILES =
  /^(\..*|.*\.(md|markdown|map|ts|mts|cts|tsbuildinfo|png|ico|html|sh|yml|yaml)|CNAME|AUTHORS|CHANGELOG|HISTORY|Makefile|licen[cs]e.*|browser\.js|bench.*\.js|(test|example|check|bin)\.js|eslint\.config\..*|tsconfig.*\.json|package-lock\.json)$/i;

const fingerprint = fingerprintOf(INPUTS);
if (existsSync(COMPLETE) && readFileSync(COMPLETE, 'utf8') === fingerprint) {
  console.log('debian/stage is up to date.');
} else {
  rmSync(STAGE, { recursive: true, force: true });
  mkdirSync(STAGE, { recursive: true });
  writeManifest();
  installProduction();
  await compile();
  writeFileSync(COMPLETE, fingerprint);
  console.log('debian/stage is ready: dpkg-buildpackage -us -uc -b needs no network now.');
}

function writeManifest() {
  const { name, version, description, license, type, engines, dependencies, bin, exports } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const manifest = { name, version, description, license, type, engines, dependencies, bin, exports };
  writeFileSync(join(STAGE, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function installProduction() {
  const folder = join(STAGE, 'install');
  mkdirSync(folder);
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(ROOT, file), join(folder, file));
  npm(folder, [...NPM_CI, '--omit=dev']);
  const modules = join(folder, 'node_modules');
  prune(modules);
  renameSync(modules, join(STAGE, 'node_modules'));
  rmSync(folder, { recursive: true });
}

function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const isLeftOut = (entry.isDirectory() ? LEFT_OUT_DIRECTORIES : LEFT_OUT_FILES).test(entry.name);
    if (isLeftOut) rmSync(path, { recursive: true });
    else if (entry.isDirectory()) prune(path);
    else chmodSync(path, 0o644);
    if (entry.isDirectory() && existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}

/** In a copy, beside what it takes to build: that of the developer, where it is there. */
async function compile() {
  const folder = join(STAGE, 'compile');
  for (const name of ['src', 'tsconfig.json', 'package.json', 'package-lock.json', '.npmrc']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const modules = join(ROOT, 'node_modules');
  if (existsSync(join(modules, '.package-lock.json'))) symlinkSync(modules, join(folder, 'node_modules'));
  else npm(folder, NPM_CI);
  if (!(await build(folder, join(STAGE, 'dist'), { sourcemap: false }))) process.exit(1);
  rmSync(folder, { recursive: true });
  // Nobody imports the command line.
  for (const file of filesIn(join(STAGE, 'dist/cli')).filter((name) => name.endsWith('.d.ts'))) rmSync(file);
  const main = join(STAGE, 'dist/cli/main.js');
  // Debian's own Node, whatever else is first in somebody's PATH.
  writeFileSync(main, readFileSync(main, 'utf8').replace('#!/usr/bin/env node', '#!/usr/bin/node'));
}

function npm(folder, args) {
  const own = process.env.npm_execpath;
  if (own) run(process.execPath, [own, ...args], folder);
  else run('npm', args, folder);
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status === 0) return;
  console.error(`${basename(command)} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

function fingerprintOf(names) {
  const hash = createHash('sha256');
  for (const file of names.flatMap((name) => filesIn(join(ROOT, name)))) {
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesIn(path) {
  try {
    return readdirSync(path)
      .sort()
      .flatMap((name) => filesIn(join(path, name)));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
