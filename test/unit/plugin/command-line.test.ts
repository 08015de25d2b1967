import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { commandLine, ownProgramProblem } from '../../../src/plugin/command-line.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let directory: string;
let bin: string;
beforeEach(() => {
  directory = temporaryDirectory('command');
  bin = temporaryDirectory('bin');
  mkdirSync(join(directory, 'lib'));
  for (const file of ['resize.py', 'lib/a.jar', '-x', 'run']) writeFileSync(join(directory, file), '');
  program(join(directory, 'run'));
  program(join(bin, 'python3'));
});

function program(path: string): void {
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
}

const lineOf = (command: readonly [string, ...string[]], path = bin, mustBelongToRoot = false): readonly string[] =>
  commandLine({ directory, command }, { path, mustBelongToRoot });

describe('a command', () => {
  it('without a directory is looked up, where the list has it first', () => {
    const other = temporaryDirectory('bin');
    writeFileSync(join(other, 'python3'), 'not executable');
    expect(lineOf(['python3'], `${other}:${bin}`)).toEqual([join(bin, 'python3')]);
    program(join(other, 'python3'));
    expect(lineOf(['python3'], `${other}:${bin}`)).toEqual([join(other, 'python3')]);
  });

  it('is not looked up in the working directory, whatever the list says', () => {
    expect(() => lineOf(['run'], `:.:${bin}`)).toThrow(`there is no program "run" in ${bin}: install it`);
  });

  it('with a directory is the plugin’s own', () => {
    expect(lineOf(['./run'])).toEqual([join(directory, 'run')]);
    expect(lineOf(['lib/../run', 'x'])).toEqual([join(directory, 'run'), 'x']);
  });

  it('finds the files of its plugin from wherever it runs; all other words stay as they are', () => {
    expect(lineOf(['python3', 'resize.py', './lib/a.jar'])).toEqual([
      join(bin, 'python3'),
      join(directory, 'resize.py'),
      join(directory, 'lib/a.jar'),
    ]);
    const others = ['lib', '-x', '', 'missing.py', '/etc/passwd', '../outside', 'a b', '--file=resize.py'];
    writeFileSync(join(directory, '..', 'outside'), '');
    expect(lineOf(['python3', ...others]).slice(1)).toEqual(others);
  });

  it('of the system that others may change is refused where we could become anybody', () => {
    chmodSync(bin, 0o777);
    expect(() => lineOf(['python3'], bin, true)).toThrow(/must (be writable by root alone|belong to root)/);
    expect(lineOf(['python3'], bin, false)).toEqual([join(bin, 'python3')]);
    expect(lineOf(['sh'], '/bin', true)).toEqual(['/bin/sh']);
  });
});

describe('a program of the plugin’s own', () => {
  const problem = (name: string): string | undefined => ownProgramProblem({ directory, command: [name] });

  it('has to be there, and executable', () => {
    expect(problem('./run')).toBeUndefined();
    expect(problem('./missing')).toMatch(/there is no file .*missing \(is it built\?\)/);
    expect(problem('./lib')).toMatch(/there is no file/);
    expect(problem('./resize.py')).toMatch(/resize\.py is not executable: chmod \+x it/);
    symlinkSync('/does/not/exist', join(directory, 'dangling'));
    expect(problem('./dangling')).toMatch(/there is no file/);
  });

  it('is not asked for where it is the system’s: that may be installed later', () => {
    expect(problem('no-such-program')).toBeUndefined();
  });
});
