// Modules are loaded by the built code in a Node process of its own: hooks belong to a process, and vitest has its own.
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtModule } from '../../support/built-module.ts';
import { outputOf } from '../../support/run.ts';
import { temporaryDirectory, writeIn } from '../../support/temporary-directory.ts';

const ROOT = dirname(fileURLToPath(new URL('../../../package.json', import.meta.url)));

const ESM = `import { BaseWorker } from 'taskqueue'; export default class W extends BaseWorker { handleTask() {} }`;
const CJS = `const { BaseWorker } = require('taskqueue'); module.exports = class W extends BaseWorker { handleTask() {} }`;
const COMPILED = `Object.defineProperty(exports, '__esModule', { value: true });
const taskqueue_1 = require('taskqueue'); exports.default = class W extends taskqueue_1.BaseWorker { handleTask() {} }`;

/** Prints, for each module, whether its class is one of the running package, or why there is none; last, the warnings. */
const programWith = (loader: string): string => `
  import { BaseWorker } from '${ROOT}/dist/worker/sdk.js';
  import { loadModule } from '${loader}';
  const told = [];
  process.on('warning', (warning) => told.push('warning: ' + warning.message));
  for (const path of process.argv.slice(2)) {
    try { told.push((await loadModule(path)).prototype instanceof BaseWorker); }
    catch (err) { told.push(err.code + ': ' + err.message); }
  }
  setImmediate(() => console.log(JSON.stringify(told)));
`;

let directory: string;
let program: string;

const write = (path: string, text: string): string => writeIn(directory, path, text);

async function load(...paths: string[]): Promise<unknown[]> {
  return loadWith({}, ...paths);
}

async function loadWith(more: NodeJS.ProcessEnv, ...paths: string[]): Promise<unknown[]> {
  const env = { ...process.env, ...more };
  const output = await outputOf(process.execPath, [program, ...paths.map((path) => join(directory, path))], { env });
  return JSON.parse(output.trim().split('\n').at(-1) as string) as unknown[];
}

beforeAll(async () => {
  directory = temporaryDirectory('load');
  program = write('program.mjs', programWith(await builtModule('plugin/load')));
  write('far/worker.mjs', ESM);
  write('far/worker.cjs', CJS);
  write('far/compiled.cjs', COMPILED);
  write('copy/worker.mjs', ESM);
  write('copy/worker.cjs', CJS);
  write('copy/node_modules/taskqueue/package.json', '{"name":"taskqueue","main":"index.cjs"}');
  for (const folder of ['global', 'near/node_modules']) {
    mkdirSync(join(directory, folder), { recursive: true });
    symlinkSync(ROOT, join(directory, folder, 'taskqueue'));
  }
  write('near/worker.mjs', ESM);
  write('near/worker.cjs', CJS);
  write('copy/node_modules/taskqueue/index.cjs', 'exports.BaseWorker = class {};');
  write('throws.cjs', 'throw new Error("no such device")');
  write('throws-nothing.mjs', 'throw null');
  write('syntax.mjs', 'export default class {');
  write('empty.cjs', '');
  write('named.mjs', 'export class Worker {}');
});

describe('a module of a plugin', () => {
  it.each([
    ['ESM, with no taskqueue in sight', 'far/worker.mjs'],
    ['CommonJS, with no taskqueue in sight', 'far/worker.cjs'],
    ['CommonJS made by a compiler', 'far/compiled.cjs'],
    ['ESM, with another taskqueue in its node_modules', 'copy/worker.mjs'],
    ['CommonJS, with another taskqueue in its node_modules', 'copy/worker.cjs'],
  ])('gets the running taskqueue, and no warning is given: %s', async (_what, path) => {
    expect(await load(path)).toEqual([true]);
  });

  it.each(['far/worker.mjs', 'far/worker.cjs', 'near/worker.mjs', 'near/worker.cjs'])(
    'gets it though `require` would find it in a global folder, where `import` does not look: %s',
    async (path) => {
      const NODE_PATH = join(directory, 'global');
      expect(await loadWith({ NODE_PATH }, path)).toEqual([true]);
    },
  );

  it('gets it in one process with others of every kind', async () => {
    const paths = ['far/worker.cjs', 'copy/worker.mjs', 'far/worker.mjs', 'copy/worker.cjs', 'far/compiled.cjs'];
    expect(await load(...paths)).toEqual([true, true, true, true, true]);
  });

  it.each([
    ['throws', 'throws.cjs', 'cannot be loaded: no such device'],
    ['throws null', 'throws-nothing.mjs', 'cannot be loaded: null'],
    ['is no JavaScript', 'syntax.mjs', 'cannot be loaded: Unexpected'],
    ['exports nothing', 'empty.cjs', 'has no default export'],
    ['has only named exports', 'named.mjs', 'has no default export'],
    ['does not exist', 'missing.js', 'cannot be loaded: Cannot find module'],
  ])('that %s is an error of code PLUGIN that says so', async (_what, path, message) => {
    expect(await load(path)).toEqual([expect.stringMatching(`^PLUGIN: .*${message}`)]);
  });
});
