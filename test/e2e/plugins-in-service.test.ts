// The example plugins, and those of docs/plugins.md, where they belong: in worker processes, behind a real broker.
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConsumeMessage } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collection, openClient } from '../support/amqp-client.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const broker = await freshVhost();
const client = await openClient(broker.url);
const directory = temporaryDirectory('plugins');
const workdir = join(directory, 'workdir');
const daemons: Daemon[] = [];
let results: Collection;

const CONFIG = `
[amqp]
host = ${broker.host}
port = ${broker.port}
user = ${broker.user}
passwd = ${broker.password}
vhost = ${broker.vhost}

[taskqueue]
plugin_path = ${directory}/plugins
user = ${userInfo().username}
workdir = ${workdir}

[greeter]
greeting = Good morning

[simpledownloader]
allowed_hosts = 127.0.0.1

[simplebuilder]
user = ${userInfo().username}

[checksum]
algorithms = md5

[shout]
`;

const CJS_PACKAGE = {
  name: 'greeter-cjs',
  version: '1.0.0',
  taskqueue: { workers: { 'greeter-cjs': './worker.cjs', auditor: './auditor/worker.mjs' } },
};

const EXAMPLES = ['first', 'second', 'simpledownloader', 'simplebuilder', 'checksum', 'shout'];
const TYPES = [...EXAMPLES, 'greeter', 'greeter-cjs', 'auditor', 'shouter'];

beforeAll(async () => {
  const plugins = join(directory, 'plugins');
  mkdirSync(workdir);
  for (const name of EXAMPLES) {
    cpSync(here(`../../plugins/${name}`), join(plugins, name), { recursive: true });
  }
  for (const name of ['greeter', 'greeter-cjs', 'your-workitem']) {
    cpSync(here(`../fixtures/plugins-doc/${name}`), join(plugins, name), { recursive: true });
  }
  cpSync(here('../fixtures/plugins-doc/auditor/worker.js'), join(plugins, 'greeter-cjs/auditor/worker.mjs'));
  writeFileSync(join(plugins, 'greeter-cjs/package.json'), JSON.stringify(CJS_PACKAGE));
  const config = join(directory, 'config.ini');
  writeFileSync(config, CONFIG, { mode: 0o600 });

  await client.declare('taskqueue', 'results', 'audit', ...TYPES.map((type) => `worker_${type}`));
  results = await client.collect('results');
  daemons.push(startDaemon('workerpool', config), startDaemon('dispatcher', config));
});

afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await client.close();
});

/** Sends one to `taskqueue` and waits for its result. */
async function resultOf(body: unknown, contentType = 'application/json', type?: string): Promise<ConsumeMessage> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  await client.publish('taskqueue', text, { contentType, headers: type === undefined ? {} : { 'tq-type': type } });
  return (await results.take(1))[0] as ConsumeMessage;
}

async function jsonResultOf(body: unknown): Promise<unknown> {
  return JSON.parse((await resultOf(body)).content.toString());
}

describe('the plugins that people copy', () => {
  it('hand back what they accept', async () => {
    expect(await jsonResultOf({ worker_type: 'first', a: 1 })).toEqual({ worker_type: 'first', a: 1 });
    expect((await resultOf('second hello', 'text/plain')).content.toString()).toBe('second hello');
    const refused = await jsonResultOf({ worker_type: 'second' });
    expect(refused).toMatchObject({ error: 'worker does not support this type of workitem' });
  });

  it('download into the working directory', async () => {
    const server = createServer((_, response) => response.end('content')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.txt`;
    const params = { worker_type: 'simpledownloader', url };
    const file = join(workdir, 'file.txt');
    expect(await jsonResultOf({ fei: 1, fields: { params } })).toMatchObject({
      fei: 1,
      fields: { params, file, size: 7 },
    });
    expect(readFileSync(file, 'utf8')).toBe('content');
    server.close();
    const elsewhere = await jsonResultOf({ worker_type: 'simpledownloader', url: 'http://localhost/' });
    expect(elsewhere).toMatchObject({ error: 'localhost is not among the allowed_hosts of this worker' });
  });

  it('work in Python and in shell', async () => {
    const summed = await resultOf('hello', 'text/plain', 'checksum');
    expect(JSON.parse(summed.content.toString())).toEqual({ bytes: 5, md5: '5d41402abc4b2a76b9719d911017c592' });
    const shouted = await resultOf('hello', 'text/plain', 'shout');
    expect([shouted.content.toString(), shouted.properties.contentType]).toEqual(['HELLO', 'text/plain']);
    expect(await jsonResultOf({ worker_type: 'shout' })).toMatchObject({ error: expect.stringContaining('support') });
  });

  it('tell the sender of a build what is missing', async () => {
    const failed = await jsonResultOf({ worker_type: 'simplebuilder', dsc: 'none.dsc' });
    expect(failed).toMatchObject({ dsc: 'none.dsc', error: 'no file none.dsc in the working directory' });
  });
});

describe('the plugins of docs/plugins.md', () => {
  it('work in ESM, with their settings, and in CommonJS', async () => {
    const greeted = await jsonResultOf({ worker_type: 'greeter', name: 'Ada' });
    expect(greeted).toEqual({ greeting: 'Good morning, Ada!' });
    expect(await jsonResultOf({ worker_type: 'greeter-cjs', name: 'Ada' })).toEqual({ greeting: 'Hello, Ada!' });
    expect(await jsonResultOf({ worker_type: 'greeter' })).toMatchObject({
      error: 'the workitem names nobody to greet: "name" is missing',
    });
  });

  it('bring a format that the worker reads, and the result comes back in', async () => {
    const result = await resultOf('worker: shouter\ntext: hello\n', 'application/x-your-workitem', 'shouter');
    expect(result.properties.contentType).toBe('application/x-your-workitem');
    expect(result.content.toString()).toBe('worker: shouter\ntext: HELLO\n');
  });

  it('report to two places', async () => {
    const audit = await client.collect('audit');
    expect(await jsonResultOf({ worker_type: 'auditor' })).toEqual({ length: 25 });
    const [entry] = await audit.take(1);
    expect(JSON.parse(entry?.content.toString() ?? '')).toEqual({ id: expect.stringMatching(/./), error: null });
  });
});
