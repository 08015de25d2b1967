// Plugins that anybody but root may change are refused where the pool manager can switch users.
import { chmodSync, chownSync, lchownSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { discoverPlugins } from '../../src/plugin/discover.ts';
import { temporaryDirectory, writeIn } from '../support/temporary-directory.ts';

const DAEMON = 1;
let directory: string;

const write = (path: string, text: string): string => writeIn(directory, path, text);

beforeEach(() => {
  directory = temporaryDirectory('ownership');
  write('plugins/ext/package.json', '{"name":"ext","taskqueue":{"workers":{"a":"./worker.js"}}}');
  write('plugins/ext/worker.js', '');
  write('plugins/ext/node_modules/dep/index.js', '');
});

const discover = (mustBelongToRoot: boolean) => discoverPlugins([join(directory, 'plugins')], { mustBelongToRoot });

const inPlugin = (path: string): string => join(directory, 'plugins/ext', path);

describe('a plugin that belongs to root', () => {
  it('is taken, links within it and to other files of root included', () => {
    symlinkSync('worker.js', inPlugin('same.js'));
    symlinkSync('/etc/passwd', inPlugin('passwd'));
    symlinkSync('nowhere', inPlugin('dangling'));
    expect(discover(true)).toMatchObject({ plugins: [{ name: 'ext' }], problems: [] });
  });
});

describe('a plugin is refused, with the command that mends it, where', () => {
  it.each<[string, () => void, RegExp]>([
    ['its directory belongs to another', () => chownSync(inPlugin(''), DAEMON, 0), /chown root .*\/ext/],
    ['its module belongs to another', () => chownSync(inPlugin('worker.js'), DAEMON, 0), /chown root .*worker\.js/],
    ['its package.json can be written by all', () => chmodSync(inPlugin('package.json'), 0o666), /chmod go-w/],
    ['a dependency can be written by a group', () => chmodSync(inPlugin('node_modules/dep'), 0o775), /chmod g-w .*dep/],
    ['the directory above can be written by a group', () => chmodSync(dirname(inPlugin('')), 0o775), /chmod g-w/],
    ['a link in it leads to a file of another', linkToOthers, /chown root .*theirs\.js/],
    ['a link in it belongs to another', linkOfAnother, /chown -h root .*link\.js/],
  ])('%s', (_what, spoil, command) => {
    spoil();
    const { plugins, problems } = discover(true);
    expect(plugins).toEqual([]);
    expect(problems).toMatchObject([{ plugin: 'ext', types: ['a'], message: expect.stringMatching(command) }]);
    expect(discover(false)).toMatchObject({ plugins: [{ name: 'ext' }], problems: [] });
  });

  function linkToOthers(): void {
    chownSync(write('theirs.js', ''), DAEMON, 0);
    symlinkSync(join(directory, 'theirs.js'), inPlugin('link.js'));
  }

  function linkOfAnother(): void {
    symlinkSync('worker.js', inPlugin('link.js'));
    lchownSync(inPlugin('link.js'), DAEMON, 0);
  }
});
