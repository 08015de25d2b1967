import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/plugin/manifest.ts';

const DIRECTORY = '/usr/lib/taskqueue/plugins/ext';

const packageOf = (taskqueue: unknown, more: object = {}) => ({ name: 'ext', version: '1.2.3', ...more, taskqueue });
const read = (taskqueue: unknown, more: object = {}) => readManifest(packageOf(taskqueue, more), DIRECTORY);

function mistakesOf(taskqueue: unknown, more: object = {}): string {
  const manifest = read(taskqueue, more);
  return manifest.kind === 'mistakes' ? manifest.mistakes.join('\n') : `no mistake: ${manifest.kind}`;
}

describe('a package.json', () => {
  it('describes workers and formats, with absolute paths', () => {
    const manifest = read({
      workers: { builder: './builder.js', 'a.b_c-1': 'lib/other.cjs' },
      workitems: { 'application/x-Odd+json': './odd.js' },
    });
    expect(manifest).toEqual({
      kind: 'plugin',
      plugin: {
        name: 'ext',
        version: '1.2.3',
        directory: DIRECTORY,
        workers: [
          { type: 'builder', kind: 'class', module: `${DIRECTORY}/builder.js` },
          { type: 'a.b_c-1', kind: 'class', module: `${DIRECTORY}/lib/other.cjs` },
        ],
        formats: [{ format: 'application/x-odd+json', module: `${DIRECTORY}/odd.js` }],
      },
    });
  });

  it('names modules whose functions are called by JSON-RPC, beside classes', () => {
    const manifest = read({ workers: { a: './a.js' }, rpc: { math: './math.js', 'org.sums': './sums.cjs' } });
    expect(manifest).toMatchObject({
      kind: 'plugin',
      plugin: {
        workers: [
          { type: 'a', kind: 'class', module: `${DIRECTORY}/a.js` },
          { type: 'math', kind: 'rpc', module: `${DIRECTORY}/math.js` },
          { type: 'org.sums', kind: 'rpc', module: `${DIRECTORY}/sums.cjs` },
        ],
      },
    });
    expect(read({ rpc: { math: './math.js' } }).kind).toBe('plugin');
  });

  it('may ask for a section and a user', () => {
    const manifest = read({ workers: { a: './a.js' }, needsSection: true, needsUser: false });
    expect(manifest).toMatchObject({ kind: 'plugin', plugin: { needsSection: true, needsUser: false } });
  });

  it('without "taskqueue" is no plugin', () => {
    for (const value of [{ name: 'x' }, null, 7, [], 'text']) expect(readManifest(value, DIRECTORY).kind).toBe('none');
  });

  it.each([
    ['no object', 'yes', 'must be an object'],
    ['neither workers nor formats', {}, 'names neither'],
    ['a misspelled key', { worker: { a: './a.js' } }, 'did you mean "workers"?'],
    ['workers that are a list', { workers: ['./a.js'] }, '"workers" must be an object'],
    ['an object as a format', { workitems: { 'text/x': { command: ['x'] } } }, 'not supported by this version'],
    ['one type in both tables', { workers: { a: './a.js' }, rpc: { a: './b.js' } }, 'in "workers" and in "rpc"'],
    ['functions that are none', { rpc: { a: ['./a.js'] } }, 'the path of a module is wanted'],
    ['functions that lead out', { rpc: { a: '../a.js' } }, "leads out of the plugin's directory"],
    ['functions under no type', { rpc: { 'a b': './a.js' } }, 'a worker type begins with'],
    ['functions under a name of JSON-RPC itself', { rpc: { 'rpc.math': './a.js' } }, 'names that begin with rpc'],
    ['functions in a list', { rpc: ['./a.js'] }, '"rpc" must be an object'],
    ['an empty path', { workers: { a: '' } }, 'the path of a module is wanted'],
    ['a path that leads out', { workers: { a: '../other/a.js' } }, "leads out of the plugin's directory"],
    ['an absolute path', { workers: { a: '/etc/passwd' } }, "leads out of the plugin's directory"],
    ['the directory itself', { workers: { a: '.' } }, "leads out of the plugin's directory"],
    ['a neighbour with a longer name', { workers: { a: '../ext2/a.js' } }, "leads out of the plugin's directory"],
    ['a type with a space', { workers: { 'a b': './a.js' } }, 'a worker type begins with'],
    ['a type of 129 characters', { workers: { ['a'.repeat(129)]: './a.js' } }, 'a worker type begins with'],
    ['a format that is no content type', { workitems: { odd: './a.js' } }, 'a content type such as'],
    ['a format with parameters', { workitems: { 'text/x; a=b': './a.js' } }, 'a content type such as'],
    ['a format that is built in', { workitems: { 'application/X-basic-workitem': './a.js' } }, 'is built in'],
    ['a flag that is none', { workers: { a: './a.js' }, needsUser: 'yes' }, '"needsUser" must be true or false'],
  ])('with %s is refused, with a sentence that says so', (_what, taskqueue, sentence) => {
    expect(mistakesOf(taskqueue)).toContain(sentence);
  });

  it('without a proper name is refused', () => {
    for (const name of [undefined, '', '../x', 'a b', 7, '@scope/']) {
      expect(mistakesOf({ workers: { a: './a.js' } }, { name })).toContain('"name" must be');
    }
  });

  it('is told all its mistakes at once, and the types that do not run', () => {
    const manifest = read({ workers: { good: './good.js', bad: 7 }, workitems: { odd: 1 } });
    expect(manifest).toMatchObject({ kind: 'mistakes', name: 'ext', types: ['good'] });
    expect(manifest.kind === 'mistakes' && manifest.mistakes.length).toBeGreaterThan(2);
  });

  it('never makes it throw, nor gives a module outside of the directory', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('../x', '/x', './ok.js', 'a/../../x', '__proto__', 'text/x'));
    const tables = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('a', '__proto__', 'text/x')), odd);
    fc.assert(
      fc.property(
        fc.oneof(odd, fc.record({ workers: fc.oneof(odd, tables), workitems: fc.oneof(odd, tables) })),
        (section) => {
          const manifest = read(section);
          const entries = manifest.kind === 'plugin' ? [...manifest.plugin.workers, ...manifest.plugin.formats] : [];
          const modules = entries.flatMap((entry) => ('module' in entry ? [entry.module] : []));
          for (const module of modules) expect(module.startsWith(`${DIRECTORY}/`)).toBe(true);
        },
      ),
    );
  });
});
