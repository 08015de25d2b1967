// Modules of functions, as Node really loads them: by the built code, in a process of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { builtModule } from '../../../support/built-module.ts';
import { outputOf } from '../../../support/run.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

/** Prints, for each module, the names of its methods with what they return, or why there are none. */
const programWith = (load: string, methods: string): string => `
  import { loadExports } from '${load}';
  import { methodsOf } from '${methods}';
  const told = [];
  for (const path of process.argv.slice(2)) {
    try {
      const methods = [...methodsOf(await loadExports(path), 'math')].sort();
      told.push(Object.fromEntries(methods.map(([name, method]) => [name, method()])));
    } catch (err) { told.push(err.code + ': ' + err.message); }
  }
  console.log(JSON.stringify(told));
`;

const MODULES: Readonly<Record<string, string>> = {
  'named.mjs': `export const LIMIT = 7; export function add() { return 'added'; } export class Thing {}
    export const later = () => 'later';`,
  'default.mjs': `export default function whatever() { return 'main'; } export function add() { return 'added'; }`,
  'table.cjs': `const add = () => 'added'; const table = { add }; table['s' + 'ub'] = () => 'subtracted'; module.exports = table;`,
  'one.cjs': `module.exports = () => 'main'; module.exports.add = () => 'added';`,
  'compiled.cjs': `Object.defineProperty(exports, '__esModule', { value: true });
    exports.default = () => 'main'; exports.add = () => 'added';`,
  'sdk.cjs': `const { InvalidParams } = require('taskqueue'); exports.add = () => new InvalidParams('odd').name;`,
  'sdk.mjs': `import { InvalidParams } from 'taskqueue'; export const add = () => new InvalidParams('odd').name;`,
  'nothing.mjs': 'export const LIMIT = 7;',
  'broken.mjs': 'throw new Error("no such device")',
};

let directory: string;
beforeAll(async () => {
  directory = temporaryDirectory('exports');
  const program = programWith(await builtModule('plugin/load'), await builtModule('worker/rpc/methods'));
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries({ ...MODULES, 'program.mjs': program })) {
    writeFileSync(join(directory, name), text);
  }
});

it('ESM and CommonJS, written by hand or by a compiler, bring the same methods', async () => {
  const paths = Object.keys(MODULES).map((name) => join(directory, name));
  const output = await outputOf(process.execPath, [join(directory, 'program.mjs'), ...paths]);
  const told = JSON.parse(output) as unknown[];
  expect(Object.fromEntries(Object.keys(MODULES).map((name, at) => [name, told[at]]))).toEqual({
    'named.mjs': { add: 'added', later: 'later' },
    'default.mjs': { add: 'added', math: 'main' },
    'table.cjs': { add: 'added', sub: 'subtracted' },
    'one.cjs': { add: 'added', math: 'main' },
    'compiled.cjs': { add: 'added', math: 'main' },
    'sdk.cjs': { add: 'InvalidParams' },
    'sdk.mjs': { add: 'InvalidParams' },
    'nothing.mjs': expect.stringMatching(/^PLUGIN: .*math exports no function/),
    'broken.mjs': expect.stringMatching(/^PLUGIN: .*broken\.mjs cannot be loaded: no such device/),
  });
});
