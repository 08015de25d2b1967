// Runs the tests, suite after suite (the machine may be small), and closes with one line: `N passed, N failed`.
// What was skipped, or found no test to run, counts as failed: silence must not look like success.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, '.cache');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const OTHER_NODES = ['22', '24'];

/** What each command runs. Suites are those of vitest.config.ts. */
const ORDINARY = [typeCheck, lint, suites(['unit', 'contract', 'e2e'])];
const PLANS = {
  ordinary: ORDINARY,
  unit: [suites(['unit'])],
  slow: [suites(['slow'])],
  root: [suites(['root'])],
  system: [suites(['system'])],
  all: [
    ...ORDINARY,
    suites(['slow']),
    suites(['root']),
    suites(['system']),
    chaos,
    ...OTHER_NODES.map((version) => onNode(version, ['unit', 'contract'])),
  ],
};

const total = { passed: 0, failed: 0 };
const [plan = 'ordinary', ...filters] = process.argv.slice(2);
try {
  await main();
} catch (error) {
  failed(`the runner itself: ${error instanceof Error ? error.stack : error}`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function main() {
  const steps = PLANS[plan];
  if (steps === undefined) return failed(`no such plan: ${plan} (there are ${Object.keys(PLANS).join(', ')})`);
  if (!(await succeeds('setup', [process.execPath, join(ROOT, '.ci/setup.mjs')], 300))) {
    failed('dependencies or build');
    if (!existsSync(VITEST)) return;
  }
  for (const step of steps) await step();
}

async function typeCheck() {
  await command('type check', [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', ROOT]);
}

async function lint() {
  await command('lint', [join(ROOT, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', ROOT]);
}

/** The loss checker, for about two minutes. It prints the seed that replays it. */
async function chaos() {
  await command('chaos', [join(ROOT, 'test/chaos/run.mjs'), '--minutes', '1.2'], 360);
}

/** One command counts as one test. */
async function command(name, args, deadlineSeconds = 120) {
  heading(name);
  if (await succeeds(name, [process.execPath, ...args], deadlineSeconds)) total.passed++;
  else failed(name);
}

function suites(names) {
  return () => vitest(process.execPath, names, names.join(', '));
}

function onNode(version, names) {
  return async () => vitest(await otherNode(version), names, `${names.join(', ')} on Node ${version}`);
}

/** Runs suites of vitest's and adds up what it reports. */
async function vitest(node, names, title) {
  heading(title);
  mkdirSync(CACHE, { recursive: true });
  const report = join(CACHE, `report-${process.pid}.json`);
  rmSync(report, { force: true });
  const projects = names.flatMap((name) => ['--project', name]);
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report];
  const isGood = await succeeds(title, [node, VITEST, 'run', ...projects, ...reporters, ...filters], 600);
  if (!existsSync(report)) return failed(`${title}: vitest ended without a report`);
  count(JSON.parse(readFileSync(report, 'utf8')), names, title, isGood);
  rmSync(report);
}

function count(report, names, title, isGood) {
  const failedBefore = total.failed;
  for (const name of names)
    countSuite(
      name,
      report.testResults.filter((file) => suiteOf(file.name) === name),
      title,
    );
  // Errors outside of any test, such as one that nobody awaited.
  if (!isGood && total.failed === failedBefore) failed(`${title}: vitest reports an error outside of the tests`);
}

function countSuite(name, files, title) {
  const tests = files.flatMap((file) =>
    file.assertionResults.map((test) => ({ ...test, file: relative(ROOT, file.name) })),
  );
  const passed = tests.filter((test) => test.status === 'passed').length;
  total.passed += passed;
  for (const test of tests.filter(({ status }) => status !== 'passed')) {
    const how = test.status === 'failed' ? '' : ` (${test.status}: a test that does not run counts as failed)`;
    failed(`${test.file}: ${test.fullName}${how}`);
  }
  for (const file of files.filter((one) => one.status === 'failed' && one.assertionResults.every(isPassed))) {
    failed(`${relative(ROOT, file.name)}: ${file.message.split('\n')[0] || 'the file could not be run'}`);
  }
  if (tests.length === 0 && filters.length === 0) failed(`suite ${name} (${title}): no test ran`);
}

function isPassed(test) {
  return test.status === 'passed';
}

function suiteOf(file) {
  const [, folder] = relative(ROOT, file).split('/');
  return folder === 'architecture.test.ts' ? 'unit' : folder;
}

/** The program of another Node version, out of an npm package. */
async function otherNode(version) {
  const folder = join(CACHE, `node-${version}-${process.arch}`);
  const name = `node-linux-${process.arch}`;
  const program = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const scratch = mkdtempSync(`${folder}.`);
  try {
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
    const install = ['install', '--prefix', scratch, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`];
    if (!(await succeeds(`Node ${version}`, [...npm, ...install], 300)))
      throw new Error(`${name}@${version} can't be fetched`);
    renameSync(scratch, folder);
    return program;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs a command that dies with this process and at its deadline. */
function succeeds(name, [program, ...args], deadlineSeconds) {
  return new Promise((resolve) => {
    const wrapped = ['--pdeathsig=KILL', '--', program, ...args];
    const child = spawn('setpriv', wrapped, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    const timer = setTimeout(() => {
      console.error(`${name} has not ended after ${deadlineSeconds} s and is killed.`);
      child.kill('SIGKILL');
    }, deadlineSeconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      console.error(`${name} could not be started: ${error.message}`);
      resolve(false);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function heading(title) {
  console.log(`\n== ${title}`);
}

function failed(what) {
  total.failed++;
  console.error(`FAILED ${what}`);
}
