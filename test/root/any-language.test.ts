// A worker in Python as another user, under a pool manager that is root: it becomes that user for good, as Node's do.
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsumeMessage } from 'amqplib';
import { expect, it } from 'vitest';
import { resolveIdentity } from '../../src/child/identity.ts';
import { openClient } from '../support/amqp-client.ts';
import { Pipeline, readyPids } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const NONE = '0000000000000000';

it('a program runs as the user of its section, with nothing of root’s, and is killed as any other', async () => {
  const daemon = await resolveIdentity('daemon', 10_000);
  const broker = await freshVhost();
  const client = await openClient(broker.url);
  const pipeline = new Pipeline(broker, '[python]\nuser = daemon\nsecret = s3cret\nmax_crashes = 1');
  for (const path of [pipeline.directory, pipeline.plugins]) chmodSync(path, 0o755); // whoever it becomes has to read it
  chownSync(pipeline.workdir, daemon.uid, daemon.gid);
  pipeline.installFixture('plugins-e2e/python', 'python');
  const workers = { python: { command: ['python3', 'worker.py'] } };
  pipeline.writePluginFile('python', 'package.json', JSON.stringify({ name: 'python', taskqueue: { workers } }));
  await client.declare('results', 'worker_python');
  const results = await client.collect('results');
  const resultOf = async (orders: object): Promise<Record<string, unknown>> => {
    await client.publish('worker_python', JSON.stringify(orders), { contentType: 'application/json' });
    const [message] = (await results.take(1)) as [ConsumeMessage];
    return JSON.parse(message.content.toString());
  };

  const pool = await pipeline.pool(1);
  const told = (await resultOf({ do: 'tell' })) as { status: Record<string, string>; env: object; argv: string[] };
  const ids = (text = ''): number[] => text.trim().split(/\s+/).map(Number);
  expect(ids(told.status.Uid)).toEqual(Array(4).fill(daemon.uid));
  expect(ids(told.status.Gid)).toEqual(Array(4).fill(daemon.gid));
  expect(told.status).toMatchObject({ CapInh: NONE, CapPrm: NONE, CapEff: NONE, CapAmb: NONE, NoNewPrivs: '1' });
  expect(told).toMatchObject({ oom: 500, argv: [join(pipeline.plugins, 'python/worker.py')], cwd: pipeline.workdir });
  expect(told.env).toMatchObject({ USER: 'daemon', HOME: daemon.home });
  expect(JSON.stringify([told.env, told.argv])).not.toContain('s3cret');

  const from = pool.lines.length;
  expect(await resultOf({ do: 'rubbish' })).toMatchObject({ error: expect.stringContaining('broke the protocol') });
  await readyPids(pool, 1, from);
  expect(await resultOf({ value: 'works' })).toBe('works');
  await client.close();
});

it('a script that others could change is refused, like any plugin’s file', async () => {
  const broker = await freshVhost();
  const pipeline = new Pipeline(broker);
  pipeline.installFixture('plugins-e2e/python', 'python');
  const workers = { python: { command: ['python3', 'worker.py'] } };
  pipeline.writePluginFile('python', 'package.json', JSON.stringify({ name: 'python', taskqueue: { workers } }));
  chmodSync(join(pipeline.plugins, 'python/worker.py'), 0o666);
  const pool = await pipeline.pool(0);
  await pool.waitForLine(/worker\.py must be writable by root alone: chmod go-w/);
});
