import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/plugin/manifest.ts';

const DIRECTORY = '/usr/lib/taskqueue/plugins/ext';
const read = (worker: unknown) =>
  readManifest({ name: 'ext', version: '1.2.3', taskqueue: { workers: { resize: worker } } }, DIRECTORY);

function workerOf(worker: unknown): unknown {
  const manifest = read(worker);
  return manifest.kind === 'plugin' ? manifest.plugin.workers[0] : manifest;
}

function mistakesOf(worker: unknown): string {
  const manifest = read(worker);
  return manifest.kind === 'mistakes' ? manifest.mistakes.join('\n') : `no mistake: ${manifest.kind}`;
}

describe('a worker that is a command', () => {
  it('is its program and its arguments; what it does not say is the simple way', () => {
    expect(workerOf({ command: ['python3', 'resize.py'] })).toEqual({
      type: 'resize',
      kind: 'command',
      directory: DIRECTORY,
      command: ['python3', 'resize.py'],
      accept: ['*/*'],
      raw: false,
      handshake: false,
      concurrency: 1,
    });
  });

  it('may say what it takes, and how it wants to be spoken to', () => {
    const says = { accept: ['image/*', 'application/json'], raw: true, handshake: true, concurrency: 8 };
    expect(workerOf({ command: ['./bin/resize', ''], ...says })).toMatchObject({
      command: ['./bin/resize', ''],
      ...says,
    });
    expect(workerOf({ command: ['x'], accept: 'text/plain' })).toMatchObject({ accept: ['text/plain'] });
  });

  it.each<[string, unknown, string]>([
    ['no command', {}, '"command" must be a list of 1 to 64 texts'],
    ['a command in one text', { command: 'python3 resize.py' }, '"command" must be a list'],
    ['an empty command', { command: [] }, '"command" must be a list'],
    ['too many words', { command: Array(65).fill('x') }, '"command" must be a list'],
    ['a word that is none', { command: ['x', 7] }, '"command" must be a list'],
    ['a word with a NUL', { command: ['x', 'a\0b'] }, '"command" must be a list'],
    ['a word without end', { command: ['x', 'a'.repeat(5000)] }, '"command" must be a list'],
    ['no program', { command: [''] }, '"command" names no program'],
    ['a program that leads out', { command: ['../other/run'] }, "leads out of the plugin's directory"],
    ['a program of the system by its path', { command: ['/usr/bin/python3'] }, 'named without a directory'],
    ['the directory itself', { command: ['./'] }, "leads out of the plugin's directory"],
    ['an unknown key', { command: ['x'], hand_shake: true }, 'unknown key "hand_shake" – did you mean "handshake"?'],
    ['content types that are none', { command: ['x'], accept: ['text'] }, '"accept" must be a list of content types'],
    ['no content types', { command: ['x'], accept: [] }, '"accept" must be a list of content types'],
    ['a flag that is none', { command: ['x'], raw: 'yes' }, '"raw" must be true or false, not "yes"'],
    ['no workitem at once', { command: ['x'], concurrency: 0 }, '"concurrency" must be a whole number from 1 to 1000'],
    ['half a workitem', { command: ['x'], concurrency: 1.5 }, '"concurrency" must be a whole number from 1 to 1000'],
  ])('with %s is refused, with a sentence that says so', (_what, worker, sentence) => {
    expect(mistakesOf(worker)).toContain(sentence);
    expect(mistakesOf(worker)).toContain('worker "resize": ');
  });

  it('never makes it throw, nor names a program outside of the directory', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('../x', '/x', 'bin/x', 'a/../../x', 'python3', './'));
    const odd = fc.oneof(fc.jsonValue(), word, fc.array(word));
    const keys = fc.constantFrom('command', 'accept', 'raw', 'handshake', 'concurrency', '__proto__');
    fc.assert(
      fc.property(fc.dictionary(keys, odd), fc.array(word), (table, command) => {
        for (const worker of [table, { ...table, command }]) {
          const manifest = read(worker);
          const [first] = manifest.kind === 'plugin' ? manifest.plugin.workers : [];
          if (first?.kind !== 'command') continue;
          const [program] = first.command;
          expect(program).not.toMatch(/^\/|^$|\0/);
          if (program.includes('/')) expect(resolve(DIRECTORY, program)).toMatch(new RegExp(`^${DIRECTORY}/.`));
        }
      }),
    );
  });
});
