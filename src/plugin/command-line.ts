// What a command in a package.json comes to on this host. A program with a `/` in it is the plugin's own; one without is
// the system's, looked up in a list of directories. Arguments that name a file of the plugin's become its whole path, for
// the working directory of a worker is another one.
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { TaskqueueError } from '../core/errors.ts';
import { ownershipProblem } from '../core/ownership.ts';
import type { CommandCode } from './plugin.ts';

interface LookUp {
  /** As in the variable PATH. */
  readonly path: string;
  /** Where we can switch users: what anybody but root may change is refused. */
  readonly mustBelongToRoot: boolean;
}

type Command = Pick<CommandCode, 'directory' | 'command'>;

/** @throws TaskqueueError `CONFIG` where there is no such program, or it must not be run */
export function commandLine({ directory, command }: Command, lookUp: LookUp): readonly [string, ...string[]] {
  const [program, ...args] = command;
  const found = program.includes('/') ? join(directory, program) : programOfSystem(program, lookUp);
  return [found, ...args.map((arg) => ownFile(arg, directory) ?? arg)];
}

/** What is wrong with a program of the plugin's own. (That of the system may be installed later.) */
export function ownProgramProblem({ directory, command: [program] }: Command): string | undefined {
  if (!program.includes('/')) return undefined;
  const path = join(directory, program);
  if (!isFile(path)) return `there is no file ${path} (is it built?)`;
  return isExecutable(path) ? undefined : `${path} is not executable: chmod +x it`;
}

function programOfSystem(name: string, { path, mustBelongToRoot }: LookUp): string {
  const directories = path.split(':').filter(isAbsolute);
  const found = directories.map((directory) => join(directory, name)).find((one) => isFile(one) && isExecutable(one));
  if (found === undefined) {
    throw new TaskqueueError('CONFIG', `there is no program "${name}" in ${directories.join(', ')}: install it`);
  }
  const problem = mustBelongToRoot ? ownershipProblem(found) : undefined;
  if (problem !== undefined) throw new TaskqueueError('CONFIG', problem);
  return found;
}

function ownFile(argument: string, directory: string): string | undefined {
  if (argument === '' || argument.startsWith('-') || isAbsolute(argument)) return undefined;
  const path = resolve(directory, argument);
  return path.startsWith(directory + sep) && isFile(path) ? path : undefined;
}

export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // such as ENOTDIR, or a loop of links: whatever it is, nothing can be run, or loaded, from it
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // said in the result
  }
}
