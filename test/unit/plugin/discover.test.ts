import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { discoverPlugins } from '../../../src/plugin/discover.ts';
import { walkTree } from '../../../src/plugin/tree.ts';
import { temporaryDirectory, writeIn } from '../../support/temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory('plugins');
});

const write = (path: string, text: string): string => writeIn(directory, path, text);

/** A package with the given workers, all in one module that would fail the test if it were imported. */
function install(path: string, workers: readonly string[], more: object = {}): void {
  const taskqueue = { workers: Object.fromEntries(workers.map((type) => [type, './worker.js'])), ...more };
  write(`${path}/package.json`, JSON.stringify({ name: path.split('/').at(-1), version: '1.0.0', taskqueue }));
  write(`${path}/worker.js`, 'throw new Error("nobody may import this");');
}

const discover = (...path: string[]) =>
  discoverPlugins(path.length > 0 ? path : [directory], { mustBelongToRoot: false });

const names = (found: ReturnType<typeof discover>) => found.plugins.map(({ name }) => name);

describe('discovery', () => {
  it('finds plugins that lie plainly, in a scope, under node_modules, and behind a link', () => {
    install('plain', ['a']);
    install('@scope/scoped', ['b']);
    install('node_modules/dependency', ['c']);
    install('node_modules/@scope/deep', ['d']);
    install('.elsewhere/linked', ['e']);
    symlinkSync(join(directory, '.elsewhere/linked'), join(directory, 'linked'));
    const found = discover();
    expect(found.problems).toEqual([]);
    expect(found.plugins.map(({ name, workers }) => [name, workers[0]?.type])).toEqual([
      ['deep', 'd'],
      ['dependency', 'c'],
      ['linked', 'e'],
      ['plain', 'a'],
      ['scoped', 'b'],
    ]);
    expect(found.plugins[2]?.directory).toBe(join(directory, '.elsewhere/linked'));
    expect(found.plugins[2]?.workers[0]).toMatchObject({ module: join(directory, '.elsewhere/linked/worker.js') });
  });

  it('passes over what is no plugin: other packages, files, links that lead nowhere, directories that do not exist', () => {
    write('library/package.json', '{"name":"library"}');
    write('README', 'text');
    write('nothing/index.js', '');
    symlinkSync('/does/not/exist', join(directory, 'dangling'));
    expect(discover(directory, join(directory, 'missing'))).toEqual({ plugins: [], problems: [] });
  });

  it('takes a plugin once that is found twice', () => {
    install('one', ['a']);
    symlinkSync(join(directory, 'one'), join(directory, 'two'));
    const found = discover(directory, directory);
    expect(names(found)).toEqual(['one']);
    expect(found.problems).toEqual([]);
  });

  it('reports a package.json that cannot be read, but not one among the dependencies', () => {
    write('broken/package.json', '{"name": ');
    write('node_modules/broken/package.json', '{"name": ');
    mkdirSync(join(directory, 'odd/package.json'), { recursive: true });
    truncateSync(write('huge/package.json', ''), 2 * 1024 * 1024);
    const { plugins, problems } = discover();
    expect(plugins).toEqual([]);
    expect(problems.map(({ path, message }) => [path, message])).toEqual([
      [join(directory, 'broken'), expect.stringContaining('cannot be read')],
      [join(directory, 'huge'), expect.stringContaining('larger than 1 MiB')],
      [join(directory, 'odd'), expect.stringContaining('is no file')],
    ]);
  });

  it('reports mistakes and missing modules with the types that do not run, and goes on with the others', () => {
    install('good', ['a']);
    install('mistaken', ['b', 'c d']);
    install('unbuilt', ['e']);
    rmSync(join(directory, 'unbuilt/worker.js'));
    const found = discover();
    expect(names(found)).toEqual(['good']);
    expect(found.problems).toMatchObject([
      { plugin: 'mistaken', types: ['b'], message: expect.stringContaining('"c d"') },
      { plugin: 'unbuilt', types: ['e'], message: expect.stringContaining('is it built?') },
    ]);
  });

  it('finds programs, and reports those of a plugin’s own that cannot be run', () => {
    const withCommand = (name: string, ...command: string[]): void => {
      const taskqueue = { workers: { [name]: { command } } };
      write(`${name}/package.json`, JSON.stringify({ name, taskqueue }));
      write(`${name}/run`, '#!/bin/sh');
    };
    withCommand('own', './run');
    chmodSync(join(directory, 'own/run'), 0o755);
    withCommand('flat', './run');
    withCommand('lost', 'bin/run');
    withCommand('system', 'not-installed-yet', 'x.py');
    const found = discover();
    expect(names(found)).toEqual(['own', 'system']);
    expect(found.problems).toMatchObject([
      { plugin: 'flat', types: ['flat'], message: expect.stringContaining('is not executable') },
      { plugin: 'lost', types: ['lost'], message: expect.stringMatching(/worker "lost": there is no file .*bin\/run/) },
    ]);
  });

  it('takes a type from all plugins that claim it, names them all, and leaves them their others', () => {
    install('one', ['shared', 'own']);
    install('two', ['shared']);
    install('three', ['third']);
    const found = discover();
    expect(found.plugins.map(({ name, workers }) => [name, workers.map(({ type }) => type)])).toEqual([
      ['one', ['own']],
      ['three', ['third']],
      ['two', []],
    ]);
    expect(found.problems).toMatchObject([{ types: ['shared'] }]);
    for (const path of ['one', 'two']) expect(found.problems[0]?.message).toContain(join(directory, path));
  });

  it('takes a type from all who claim it, whether by a class or by functions', () => {
    install('one', ['shared']);
    install('two', [], { rpc: { shared: './worker.js', own: './worker.js' } });
    const found = discover();
    expect(found.plugins.map(({ workers }) => workers.map(({ type, kind }) => [type, kind]))).toEqual([
      [],
      [['own', 'rpc']],
    ]);
    expect(found.problems).toMatchObject([{ types: ['shared'] }]);
  });

  it('treats the same package in two directories as two that claim the same', () => {
    install('first/ext', ['a']);
    install('second/ext', ['a']);
    const found = discover(join(directory, 'first'), join(directory, 'second'));
    expect(found.plugins.every(({ workers }) => workers.length === 0)).toBe(true);
    expect(found.problems).toMatchObject([{ plugin: 'ext', types: ['a'] }]);
  });

  it('leaves a type to the one that may run, where the configuration excludes the other', () => {
    install('one', ['shared']);
    install('two', ['shared']);
    const found = discoverPlugins([directory], { mustBelongToRoot: false, allowed: ['two'] });
    expect(found.problems).toEqual([]);
    expect(found.plugins.map(({ name, workers }) => [name, workers.length])).toEqual([
      ['one', 1],
      ['two', 1],
    ]);
  });

  it('takes a format from all plugins that claim it', () => {
    const workitems = { 'application/x-odd': './worker.js' };
    install('one', ['a'], { workitems });
    install('two', ['b'], { workitems });
    const found = discover();
    expect(found.plugins.map(({ workers, formats }) => [workers.length, formats.length])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    expect(found.problems).toMatchObject([{ types: [], message: expect.stringContaining('application/x-odd') }]);
  });
});

describe('the fingerprint', () => {
  const fingerprint = (): string | undefined => discover().plugins[0]?.fingerprint;

  it('stays while nothing changes', () => {
    install('ext', ['a']);
    expect(fingerprint()).toBe(fingerprint());
  });

  it.each<[string, () => void]>([
    ['a file is written anew', () => utimesSync(join(directory, 'ext/worker.js'), 1, 1)],
    ['a file grows', () => write('ext/worker.js', 'longer'.repeat(99))],
    ['a dependency inside appears', () => write('ext/node_modules/dep/index.js', '')],
    ['a file goes', () => rmSync(join(directory, 'ext/spare.js'))],
    ['the target of a link changes', () => utimesSync(join(directory, '.target.js'), 1, 1)],
  ])('changes when %s', (_what, change) => {
    install('ext', ['a']);
    write('ext/spare.js', '');
    symlinkSync(write('.target.js', ''), join(directory, 'ext/link.js'));
    const before = fingerprint();
    change();
    expect(fingerprint()).not.toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is not taken of more files than the bound, nor does a loop of links keep it busy', () => {
    install('ext', ['a']);
    symlinkSync(join(directory, 'ext'), join(directory, 'ext/self'));
    expect(walkTree(join(directory, 'ext'), false, 4)).toMatchObject({ kind: 'walked' });
    expect(walkTree(join(directory, 'ext'), false, 3)).toMatchObject({ kind: 'problem' });
  });
});
