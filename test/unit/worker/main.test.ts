// The built program in real processes, with the fixture plugins.
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { WorkerSetup } from '../../../src/child/protocol.ts';
import { type Child, spawnChild } from '../../../src/child/spawn.ts';
import { deferred } from '../../../src/core/deferred.ts';
import type { TaskqueueError } from '../../../src/core/errors.ts';
import { builtInFormats } from '../../../src/workitem/registry.ts';
import { fixtureFormats } from '../../support/fixture-formats.ts';
import { openPoolEnd } from './pool-end.ts';

describe('a worker process', () => {
  it('works for a plugin written as an ES module, under its own name, and its children do not get the pipe', async () => {
    const { run } = startWorker('esm');
    const { outcome, body } = await run({ n: 1 });
    expect(outcome).toEqual({ kind: 'finished', contentType: 'application/json' });
    const result = JSON.parse(body);
    expect(result).toMatchObject({
      body: { n: 1 },
      settings: { a: 'b' },
      instance: 'esm#1',
      title: 'taskqueue: esm#1',
    });
    expect(result.pipe).toMatch(/^socket:/);
    expect(result.filesOfChildren).toContain('/proc/');
    expect(result.filesOfChildren).not.toContain(result.pipe);
  });

  it('works for a plugin written in CommonJS', async () => {
    const { run } = startWorker('commonjs');
    expect(JSON.parse((await run({ n: 1 })).body)).toEqual({ n: 1, seen: true });
  });

  it('reads and writes the formats of plugins', async () => {
    const { run } = startWorker('formats', 'pairs', 'broken');
    const { outcome, body } = await run('a=b', { contentType: 'application/x-fixture-pairs' });
    expect(outcome).toEqual({ kind: 'finished', contentType: 'application/x-fixture-pairs' });
    expect(body).toBe('a=b;handled=yes');
    expect((await run('a=b', { contentType: 'application/x-fixture-broken' })).outcome.kind).toBe('unreadable');
  });

  it('tells a failure, and lets the plugin report it', async () => {
    const { give, frame, port } = startWorker('reports');
    await give({ fail: true });
    const call = await frame('publish');
    expect(call).toMatchObject({ target: null, status: 'failed' });
    expect(JSON.parse(call.body)).toMatchObject({ fail: true, error: 'told to fail' });
    port.send({ kind: 'published', call: call.call, error: null });
    expect((await frame('outcome')).outcome).toMatchObject({ kind: 'threw', contentType: null });
  });

  it.each([
    ['throws-at-import', /this plugin cannot be imported/],
    ['no-default', /default export/],
    ['not-there', /cannot be loaded/],
  ])('says why its plugin cannot be loaded, and ends with 1: %s', async (plugin, reason) => {
    const { frame, child } = startWorker(plugin);
    expect((await frame('unloadable')).failure.error).toMatch(reason);
    expect(await child.exited).toEqual({ code: 1, signal: null });
  });

  it.each(['never-ready', 'esm'])('ends at once when its pool is gone: %s', async (plugin) => {
    const { frame, child } = startWorker(plugin);
    await frame('hello');
    child.pipe.destroy();
    expect(await child.exited).toMatchObject({ signal: null });
  });

  it('ends with 0 when it is told to stop', async () => {
    const { frame, port, child } = startWorker('esm');
    await frame('ready');
    port.send({ kind: 'stop' });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['exit', { code: 3, signal: null }, ''],
    ['kill', { code: null, signal: 'SIGKILL' }, ''],
    ['exception', { code: 1, signal: null }, 'thrown where nothing catches it'],
    ['rejection', { code: 1, signal: null }, 'rejected where nobody looks'],
  ])('dies as its plugin dies, with the story on stderr: %s', async (die, exit, story) => {
    const { give, child } = startWorker('crasher');
    const said = textOf(child.stderr);
    await give({ die });
    expect(await child.exited).toEqual(exit);
    expect(await said).toContain(story);
  });

  it('leaves the pipe alone when its plugin prints', async () => {
    const { run, child } = startWorker('noisy');
    child.stdout.resume();
    child.stderr.resume();
    expect((await run({})).body).toBe('"quiet now"');
  });

  it('is found out when its plugin writes rubbish to the pipe', async () => {
    const { give, broken } = startWorker('forger');
    await give({ forge: 'rubbish' });
    expect(await broken).toMatchObject({ code: 'PROTOCOL' });
  });

  it('opens no inspector on SIGUSR1', async () => {
    const { run, child, port } = startWorker('esm');
    const said = textOf(child.stderr);
    await run({});
    process.kill(child.pid as number, 'SIGUSR1');
    expect((await run({}, { job: 2 })).outcome.kind).toBe('finished');
    port.send({ kind: 'stop' });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(await said).not.toContain('Debugger');
  });
});

const file = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.killGroup('SIGKILL');
    await child.exited;
  }
});

function startWorker(plugin: string, ...formats: readonly string[]) {
  const child = spawnChild({
    program: file('dist/worker/main.js'),
    identity: null,
    keepsCapabilities: true,
    environment: {},
    workdir: '/',
  });
  children.push(child);
  const setup: WorkerSetup = {
    kind: 'setup',
    type: plugin,
    instance: `${plugin}#1`,
    code: { kind: 'class', module: file(`test/fixtures/plugins/${plugin}/worker.js`) },
    formats: fixtureFormats(...formats),
    defaultWorkitemType: 'application/json',
    workitemTypeMap: { 'application/json': [...builtInFormats.keys()][0] as string },
    settings: { a: 'b' },
    maxMessageSize: 100_000,
    concurrency: 1,
  };
  const broken = deferred<TaskqueueError>();
  return { ...openPoolEnd(child.pipe, setup, broken.resolve), child, broken: broken.promise };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
