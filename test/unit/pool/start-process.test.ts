// What a pool starts for a worker type whose package.json names a program.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type Program, startPlugin } from './command/program.ts';

const ECHO = `
import json, os, sys
print('{"ready":true}', flush=True)
for line in sys.stdin:
    print(line, file=sys.stderr, end="", flush=True)
print(json.dumps([sys.argv[1:], os.environ.get("TASKQUEUE_PLUGIN_DIR"), os.getcwd()]), file=sys.stderr, flush=True)
`;

function pluginWith(more: object, args: readonly string[] = []): string {
  const directory = temporaryDirectory('plugin');
  const worker = { command: ['python3', 'resize.py', ...args], ...more };
  const manifest = { name: 'images', version: '1.0.0', taskqueue: { workers: { resize: worker } } };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'resize.py'), ECHO);
  return directory;
}

/** Everything that it has heard, and what it is, line by line. */
async function account(program: Program): Promise<readonly unknown[]> {
  await program.ready();
  program.give('{"a":1}');
  program.process.send({ kind: 'stop' });
  expect((await program.end()).how).toBe('exited with code 0');
  return program.tools.lines.map(({ message }) => JSON.parse(message));
}

describe('a command', () => {
  it('runs as the document that it was asked for in has it: python3, resize.py', async () => {
    const directory = pluginWith({}, ['resize.py', 'other']);
    const [work, own] = await account(startPlugin(directory, { size: '100' }));
    expect(work).toMatchObject({ instance: 'resize#1', settings: { size: '100' }, body: { a: 1 } });
    expect(own).toEqual([[join(directory, 'resize.py'), 'other'], directory, '/']);
  });

  it('that shakes hands is told first what it is', async () => {
    const [setup, work] = await account(startPlugin(pluginWith({ handshake: true }), { size: '100' }));
    expect(setup).toEqual({
      setup: {
        version: 1,
        type: 'resize',
        instance: 'resize#1',
        settings: { size: '100' },
        concurrency: 1,
        maxMessageSize: 1000,
      },
    });
    expect(work).toMatchObject({ job: 1 });
  });

  it('that wants bytes gets bytes, and what it does not accept it does not get', async () => {
    const [work] = await account(startPlugin(pluginWith({ raw: true })));
    expect(work).toMatchObject({ bodyBase64: 'eyJhIjoxfQ==' });
    expect(await account(startPlugin(pluginWith({ accept: ['image/*'] })))).toHaveLength(1);
  });

  it('that is not installed is said', () => {
    const directory = pluginWith({ command: ['no-such-program-anywhere'] });
    expect(() => startPlugin(directory)).toThrow(/there is no program "no-such-program-anywhere" in \/.*: install it/);
  });
});
