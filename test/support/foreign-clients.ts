// AMQP programs that have nothing to do with us, as Debian ships them: amqp-tools, and pika for Python. Unpacked into
// the cache, as RabbitMQ is; a python3 too, where the machine has none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { libraryPath, unpacked } from './debian.ts';
import { outputOf, type RunOptions } from './run.ts';

export interface ForeignClients {
  /** `amqp-publish`, `amqp-get` and so on, with their own arguments; resolves with what it printed. */
  amqpTool(name: string, args: readonly string[], input?: string | Buffer): Promise<string>;
  /** A Python 3 script, which may import pika; `args` are its `sys.argv[1:]`. */
  python(script: string, ...args: string[]): Promise<string>;
}

export async function foreignClients(): Promise<ForeignClients> {
  const folder = await unpacked({
    name: 'foreign-clients',
    packages: ['amqp-tools', 'python3-pika'],
    always: /^(amqp-tools|librabbitmq\d.*|python3-pika)$/,
    without: /^$/,
  });
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: libraryPath(folder),
    PYTHONPATH: join(folder, 'usr/lib/python3/dist-packages'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const ownPython = join(folder, 'usr/bin/python3');
  const python = existsSync(ownPython) ? ownPython : '/usr/bin/python3';
  return {
    amqpTool: (name, args, input) => outputOf(join(folder, 'usr/bin', name), args, options(env, input)),
    python: (script, ...args) => outputOf(python, ['-c', script, ...args], { env }),
  };
}

function options(env: NodeJS.ProcessEnv, input: string | Buffer | undefined): RunOptions {
  return input === undefined ? { env } : { env, input };
}
