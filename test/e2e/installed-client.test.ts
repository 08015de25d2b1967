// 'taskqueue/client' as a program has it: an installed copy, beside nothing but the one library that it needs; imported,
// required, and type-checked.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { outputOf, run } from '../support/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const broker = await freshVhost();
const worker = await openClient(broker.url);
const folder = temporaryDirectory('installed-client');

beforeAll(async () => {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  cpSync(join(ROOT, 'dist'), join(modules, 'taskqueue/dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(modules, 'taskqueue/package.json'));
  for (const name of ['amqplib', '@types/node', 'undici-types']) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  // As in the Debian package, which holds what runs: the types of the client do without those of the library.
  rmSync(join(modules, 'amqplib/index.d.ts'));
  await worker.declare('taskqueue');
  await answerAll();
});

afterAll(() => worker.close());

/** Plays dispatcher and workers: 11, whatever it is asked. */
async function answerAll(): Promise<void> {
  const channel = await worker.connection.createChannel();
  await channel.consume('taskqueue', (message) => {
    if (message === null) return;
    const { replyTo, correlationId } = message.properties;
    channel.sendToQueue(replyTo, Buffer.from('11'), { correlationId, contentType: 'application/json' });
    channel.ack(message);
  });
}

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const USE = `
  const client = await Client.connect(process.env.BROKER, { events: false });
  const handle = await client.submit('sum', { numbers: [5, 6] });
  console.log(await handle.result(), await handle.status(), STATUS_NUMBERS.RUNNING, UnknownMethod.name);
  await client.close();
`;

describe('an installed copy', () => {
  it.each([
    ['imported', 'program.mjs', `import { Client, STATUS_NUMBERS, UnknownMethod } from 'taskqueue/client';\n${USE}`],
    [
      'required',
      'program.cjs',
      `const { Client, STATUS_NUMBERS, UnknownMethod } = require('taskqueue/client');\n(async () => {${USE}})();`,
    ],
  ])('works where it is %s, and its program ends by itself', async (_, name, text) => {
    const { exitCode, stdout, stderr } = await run(process.execPath, [program(name, text)], {
      env: { ...process.env, BROKER: broker.url },
    });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '11 FINISHED 5000 UnknownMethod\n',
      stderr: '',
    });
  });

  it('is the same, imported and required', async () => {
    const text = `import { createRequire } from 'node:module';
      import { TaskError } from 'taskqueue/client';
      console.log(TaskError === createRequire(import.meta.url)('taskqueue/client').TaskError);`;
    expect(await outputOf(process.execPath, [program('same.mjs', text)])).toBe('true\n');
  });
});

describe('its types', () => {
  const TYPED = `
    interface Methods {
      readonly math: { add(a: number, b: number): number };
    }
    export async function use(): Promise<number> {
      const client = await Client.connect<Methods>({ host: 'localhost', passwd: 'p' });
      const handle: Handle<string> = await client.submit<string>('w', { a: 1 }, { delay: { hours: 1, minutes: 30 } });
      handle.on('progress', ({ fraction, note }) => console.log(fraction.toFixed(2), note.length));
      handle.on('status', (state: TaskState) => console.log(state.status satisfies Status));
      for await (const one of client.submitMany<number>('w', [1, 2])) console.log((await one.wait('5s')).toFixed());
      const sum: number = await client.call.math.add(5, 6);
      const byName: number = await client.call.math.add(named({ a: 5, b: 6 }));
      // @ts-expect-error: a is a number
      await client.call.math.add('5', 6);
      // @ts-expect-error: there is no such method
      await client.call.math.subtract(5, 6);
      // @ts-expect-error: there is no such option
      await client.submit('w', {}, { delya: 5 });
      const anything = await Client.connect();
      const other: string = await anything.call.whatever.there.is('x');
      return sum + byName + other.length + (await (await client.task.math.add(5, 6)).result());
    }
  `;
  const NAMES = "import { Client, named, type Handle, type Status, type TaskState } from 'taskqueue/client';";
  const OPTIONS = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const STRICTER = ['--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax', 'false'];

  it('are right for ES modules and for CommonJS, in every file that they reach', async () => {
    const files = [program('typed.mts', NAMES + TYPED), program('typed.cts', NAMES + TYPED)];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { exitCode, stdout } = await run(process.execPath, [tsc, ...OPTIONS, ...STRICTER, ...files], { cwd: folder });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  });
});
