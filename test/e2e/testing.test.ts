// The test kit as authors of plugins use it: their own tests, run by node --test, on the built taskqueue.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli/main.js');

function run(directory: string, ...args: string[]): { status: number | null; output: string } {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** As `npm install` does with a development dependency on a directory. */
function linkTaskqueue(directory: string): void {
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/taskqueue'));
}

it('a new plugin of "taskqueue plugin new" passes its own tests', () => {
  const directory = temporaryDirectory('plugin-new');
  expect(run(directory, CLI, 'plugin', 'new', 'greeter')).toMatchObject({ status: 0 });
  const plugin = join(directory, 'greeter');
  linkTaskqueue(plugin);
  const { status, output } = run(plugin, '--test');
  expect(output).toContain('pass 2');
  expect(status).toBe(0);
});

it('the test on the page about plugins passes', () => {
  const plugin = join(temporaryDirectory('greeter'), 'greeter');
  cpSync(join(ROOT, 'test/fixtures/plugins-doc/greeter'), plugin, { recursive: true });
  linkTaskqueue(plugin);
  const { status, output } = run(plugin, '--test');
  expect(output).toContain('pass 1');
  expect(status).toBe(0);
});

it('the kit shows every way in which a workitem can end, skips what is only waiting, and says what is wrong', () => {
  const directory = join(temporaryDirectory('kit'), 'plugin');
  cpSync(join(ROOT, 'test/fixtures/plugins-kit'), directory, { recursive: true });
  linkTaskqueue(directory);
  const { status, output } = run(directory, '--test');
  expect(output).toContain('fail 0');
  expect(output).toContain('pass 10');
  expect(status).toBe(0);
});
