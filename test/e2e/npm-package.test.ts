// taskqueue as `npm pack` makes it: what runs is in it, its command and its three entries work, and nothing else is there.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { outputOf, run } from '../support/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const project = temporaryDirectory('npm-package');
const modules = join(project, 'node_modules');
const installed = join(modules, 'taskqueue');
const main = join(installed, 'dist/cli/main.js');

beforeAll(async () => {
  // The build is there already: without scripts, nobody builds it anew beside other tests.
  const packed = await outputOf('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
    cwd: ROOT,
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  mkdirSync(installed, { recursive: true });
  await outputOf('tar', ['-xzf', join(project, filename), '-C', installed, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  for (const name of Object.keys(dependencies)) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
});

it('holds what runs, what is read, and no sources', () => {
  const names = ['LICENSE', 'README.md', 'dist', 'docs', 'etc', 'man', 'package.json', 'plugins'];
  expect(readdirSync(installed).toSorted()).toEqual(names);
});

it('shows the demo, and begins a plugin whose test passes with it', async () => {
  const demo = await run(process.execPath, [main, 'demo']);
  expect([demo.exitCode, demo.stderr]).toEqual([0, '']);
  expect(demo.stdout).toContain('9 sent, 9 accounted for, none lost.');

  await outputOf(process.execPath, [main, 'plugin', 'new', 'hello'], { cwd: project });
  const tested = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: join(project, 'hello') });
  expect([tested.exitCode, tested.stderr]).toEqual([0, '']);
  expect(tested.stdout).toMatch(/^# pass 2$/m);
});

it('has types for each of its entries', async () => {
  const program = join(project, 'program.mts');
  writeFileSync(
    program,
    `import { BaseWorker, type Context, type Workitem } from 'taskqueue';
    import { Client } from 'taskqueue/client';
    import { startKit } from 'taskqueue/testing';
    export class Worker extends BaseWorker {
      override async handleTask({ body }: Workitem<{ n: number }>, { attempt }: Context): Promise<number> {
        return body.n + attempt;
      }
    }
    const kit = await startKit({ config: '' });
    const id: string = await kit.send('x', { n: 1 });
    const client = await Client.connect();
    await client.submit('x', { n: 1 }, { correlationId: id });
    // @ts-expect-error: there is no such option
    await startKit({ cnofig: '' });
    `,
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', ...types];
  const { exitCode, stdout } = await run(process.execPath, [tsc, ...options, program], { cwd: project });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
});
