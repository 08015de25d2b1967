// Runs a command in this process and keeps what it says.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Broker } from '../../../src/broker/broker.ts';
import type { Io } from '../../../src/cli/io.ts';
import { runCli } from '../../../src/cli/program.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export async function cli(args: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    outBytes: (bytes) => {
      out += bytes.toString('latin1');
    },
    columns: null,
    terminal: null,
    errColumns: null,
    err: (text) => {
      err += text;
    },
    stdin: chunks(),
    isStdinTerminal: true,
    env: {},
    canSwitchUsers: false,
    openBroker: async () => brokerWith({}),
    ...io,
  });
  return { code, out, err };
}

export async function* chunks(...parts: (Buffer | string)[]): AsyncGenerator<Buffer | string> {
  yield* parts;
}

/** A broker that nothing goes wrong with, but for what `parts` says. */
export function brokerWith(parts: Partial<Broker>): Broker {
  const unused = (): never => {
    throw new Error('no command asks for this');
  };
  return {
    status: { state: 'connected', host: 'test:1', problem: null },
    start: async () => undefined,
    stop: async () => undefined,
    untilConnected: async () => undefined,
    publish: async () => ({ kind: 'confirmed' }),
    declare: unused,
    consume: unused,
    settled: unused,
    queueInfo: unused,
    deleteQueue: unused,
    onStatus: unused,
    ...parts,
  };
}

/** Writes files, by their path, and returns the directory. */
export function directoryWith(files: Record<string, string>): string {
  const directory = temporaryDirectory('cli');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

/** A directory with `config.ini` and one plugin, `one`, that brings `types`. */
export function installation(config: string, types: readonly string[] = [], more: object = {}): string {
  const workers = Object.fromEntries(types.map((type) => [type, './worker.js']));
  const taskqueue = { workers, ...more };
  const directory = directoryWith({
    'config.ini': config,
    'plugins/one/package.json': JSON.stringify({ name: 'one', version: '1.2.3', taskqueue }),
    'plugins/one/worker.js': '',
  });
  mkdirSync(join(directory, 'conf.d'));
  writeFileSync(join(directory, 'conf.d/p.ini'), `[taskqueue]\nplugin_path = ${join(directory, 'plugins')}\n`);
  return directory;
}
