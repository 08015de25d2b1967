// `taskqueue plugin new NAME`: writes a plugin to begin with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { codeOf, TaskqueueError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { EXIT_OK } from '../exit-codes.ts';
import type { Done, Io } from '../io.ts';
import { usage } from '../usage.ts';
import { pluginFiles } from './template.ts';

/** What npm and taskqueue both take for a name. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/;

export function registerPlugin(program: Command, io: Io, done: Done): void {
  const plugin = program.command('plugin').description('begin a plugin of your own');
  plugin
    .command('new <name>')
    .description('write a plugin to begin with: a worker and its test, in a new directory of this name')
    .addHelpText('after', HELP)
    .action((name: string) => done(create(name, io)));
}

const HELP = `
The name becomes that of the package and of its worker type: lower-case letters, digits, ".", "_", "-".

Examples:
  taskqueue plugin new greeter && cd greeter && npm install && npm test`;

function create(name: string, io: Io): number {
  if (!NAME.test(name)) {
    const rule = 'lower-case letters, digits, ".", "_", "-", 128 at most, the first a letter or digit';
    throw usage(`"${printable(name.slice(0, 200))}" is no name for a plugin: ${rule}`);
  }
  const directory = resolve(name);
  makeDirectory(directory);
  const files = pluginFiles(name);
  for (const [path, text] of files) writeFileSync(join(directory, path), text);
  io.out(
    `${[...files.keys()].map((path) => join(name, path)).join('\n')}\nNext: cd ${name} && npm install && npm test\n`,
  );
  return EXIT_OK;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (err) {
    if (codeOf(err) === 'EEXIST') throw new TaskqueueError('USAGE', `${directory} is there already`, { cause: err });
    if (codeOf(err) === 'EACCES') throw new TaskqueueError('PERMISSION', `${directory} cannot be made`, { cause: err });
    throw err;
  }
}
