import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { findingText } from '../../../src/config/report.ts';
import { type Installation, loadInstallation } from '../../../src/installation/load.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskqueue-installation-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function plugin(name: string, taskqueue: object): void {
  const home = join(directory, 'plugins', name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, version: '1.2.3', type: 'module', taskqueue }));
  writeFileSync(join(home, 'worker.js'), 'throw new Error("discovery must not import this")');
}

const worker = (...types: string[]): object => ({
  workers: Object.fromEntries(types.map((type) => [type, './worker.js'])),
});

/** @param text what stands in the file besides `plugin_path`, which is given in a drop-in */
function load(text: string, runsWorkers = true): Installation {
  const file = join(directory, 'config.ini');
  writeFileSync(file, text);
  mkdirSync(join(directory, 'conf.d'), { recursive: true });
  writeFileSync(join(directory, 'conf.d', 'p.ini'), `[taskqueue]\nplugin_path = ${join(directory, 'plugins')}`);
  return loadInstallation(file, { isRoot: false, runsWorkers });
}

const names = ({ config }: Installation): string[] => config.groups.map(({ name }) => name);
const told = ({ findings }: Installation): string[] => findings.map((one) => `${one.severity} ${findingText(one)}`);

describe('loadInstallation', () => {
  it('brings installed types and their sections together', () => {
    plugin('one', worker('a', 'b'));
    const installation = load('[a]\nsubgroups = x, y\n[b]\ninstances = 2');
    expect(names(installation)).toEqual(['a_x', 'a_y', 'b']);
    expect(installation.installed.plugins.map(({ name }) => name)).toEqual(['one']);
    expect(installation.findings).toEqual([]);
    expect(Object.isFrozen(installation.config.groups[0]?.options.environment)).toBe(true);
  });

  it('leaves out the plugins that [taskqueue] workers does not list, and notes their sections', () => {
    plugin('one', worker('a'));
    plugin('two', worker('b', 'amqp'));
    const installation = load('[taskqueue]\nworkers = one\n[b]\ninstances = 2\n[amqp]\nheartbeat = 5');
    expect(names(installation)).toEqual(['a']);
    expect(installation.installed.plugins.map(({ name }) => name)).toEqual(['one']);
    expect(installation.excluded.map(({ name }) => name)).toEqual(['two']);
    expect(told(installation)).toEqual([
      expect.stringMatching(/^note .*\[b\]: does not run: its plugin "two" is not in/),
    ]);
  });

  it('warns about listed plugins that are not installed, with a guess', () => {
    plugin('one', worker('a'));
    const [first, second] = told(load('[taskqueue]\nworkers = one, on, a'));
    expect(first).toMatch(/config\.ini:2: \[taskqueue\] workers: no plugin "on" is installed – did you mean "one"\?$/);
    expect(second).toContain('the worker type "a" is in the plugin "one"');
  });

  it('reports mistakes of all kinds of sections at once, and those of plugins that do not run, too', () => {
    plugin('one', worker('a'));
    plugin('two', worker('b'));
    try {
      load('[amqp]\nport = x\n[taskqueue]\nworkers = one\nlog_level = x\n[a]\nconcurrency = x\n[b]\nconcurrency = x');
      expect.unreachable();
    } catch (err) {
      expect(err).toBeInstanceOf(ConfigError);
      const { findings } = err as ConfigError;
      const lines = findings.filter(({ severity }) => severity === 'mistake').map(({ place }) => place.split(':')[1]);
      expect(lines).toEqual(['2', '5', '7', '9']);
    }
  });

  it('does not run a type that two plugins claim, and says which', () => {
    plugin('one', worker('a', 'b'));
    plugin('two', worker('a'));
    const installation = load('[a]\ninstances = 1');
    expect(names(installation)).toEqual(['b']);
    expect(told(installation).join('\n')).toMatch(/warning .*two/);
  });

  it('warns where content types map to a format that nobody brings', () => {
    plugin('one', { workers: { a: './worker.js' }, workitems: { 'application/x-own': './worker.js' } });
    const map = 'text/x=application/x-own, text/y=application/x-basic-workitem, text/z=application/x-onw';
    expect(told(load(`[taskqueue]\nworkitem_type_map = ${map}`))).toEqual([
      expect.stringContaining('no plugin brings the format application/x-onw – did you mean "application/x-own"?'),
    ]);
  });

  it('refuses results that would come back as workitems', () => {
    plugin('one', worker('a'));
    expect(() => load('[a]\nresults_routing_key = worker_a')).toThrow(/round in circles/);
    expect(() => load('[taskqueue]\nresults_routing_key = taskqueue.dead')).toThrow(/round in circles/);
  });
});

describe('programs in other languages', () => {
  const command = (more: object): object => ({ command: ['python3', 'worker.py'], ...more });

  it('get as many workitems at once as they can take, and a note says where more were wanted', () => {
    plugin('one', { workers: { a: command({}), b: command({ concurrency: 3 }), c: './worker.js', d: command({}) } });
    const installation = load('[taskqueue]\nconcurrency = 2\n[b]\nconcurrency = 5\n[d]\nconcurrency = 1');
    expect(installation.config.groups.map(({ name, options }) => [name, options.concurrency])).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 2],
      ['d', 1],
    ]);
    expect(told(installation)).toEqual([
      expect.stringMatching(/note .*plugins\/one: \[a\] concurrency: 2 are wanted, but .* takes 1 at once/),
      expect.stringMatching(/note .*config\.ini:3: \[b\] concurrency: 5 are wanted, but .* "b" takes 3 at once/),
    ]);
  });
});

describe('plugins that act on what senders name', () => {
  it('run only where they have a section', () => {
    plugin('one', { ...worker('a', 'b'), needsSection: true });
    const installation = load('[a]');
    expect(names(installation)).toEqual(['a']);
    expect(told(installation)).toEqual([expect.stringMatching(/note .*\[b\]: does not run .* write a section \[b\]$/)]);
  });

  it('are no news to who runs no workers', () => {
    plugin('one', { ...worker('a', 'b'), needsSection: true });
    const installation = load('[a]', false);
    expect(names(installation)).toEqual(['a']);
    expect(told(installation)).toEqual([]);
  });

  it('run, where they need a user, only with one', () => {
    plugin('one', { ...worker('a', 'b', 'c'), needsSection: true, needsUser: true });
    const installation = load('[a]\n[b]\nuser = u');
    expect(names(installation)).toEqual(['b']);
    const [ofA, ofC] = told(installation);
    expect(ofA).toMatch(/config\.ini:1: \[a\]: does not run .*: add "user = /);
    expect(ofC).toMatch(/\[c\]: does not run .*: write a section \[c\] with "user = /);
  });

  it('need a section even where they inherit a user', () => {
    plugin('one', { ...worker('a'), needsUser: true });
    expect(names(load('[DEFAULT]\nuser = u'))).toEqual([]);
  });
});
