// SIGHUP: configuration and plugins are read again, and only what has changed is replaced.
import { expect, it } from 'vitest';
import { openScene, readyPids } from '../support/pipeline.ts';
import { isRunning } from '../support/probe.ts';
import { until } from '../support/until.ts';

const TWO_GROUPS = '[actor]\nworkers = a, b\n[actor_b]\ninstances = 2\n';

it('only the group whose settings changed is replaced; what runs in it finishes, and others take up work beside it', async () => {
  const config = `stop_timeout = 200ms\n${TWO_GROUPS}`;
  const { pipeline, client } = await openScene(config, ['actor', 'other']);
  const pool = await pipeline.pool(4);
  const before = await readyPids(pool, 4);
  const results = await client.collect('results');
  for (const id of ['1', '2', '3'])
    await client.publish('worker_actor', JSON.stringify({ do: 'wait', for: 'gate' }), { messageId: id });
  await pipeline.startsWhen(3); // one on each: so every instance of the type is at work

  pipeline.configure(`${config}colour = red\n`);
  const seen = pool.lines.length;
  pool.kill('SIGHUP');
  await client.publish('worker_other', '{}');
  await results.take(1); // others go on meanwhile
  for (let n = 0, from = seen; n < 2; n++) {
    from = pool.lines.indexOf(await pool.waitForLine(/still at work as it was before/, { from })) + 1;
  }
  const changed = await readyPids(pool, 2, seen);
  await pool.waitForLine(/reloaded/, { from: seen });
  expect([...changed.keys()].sort()).toEqual(['actor_b#1', 'actor_b#2']);
  await client.publish('worker_actor', '{}');
  await results.take(1); // all that were there before are still at work
  for (const [name, pid] of before) expect(isRunning(pid), name).toBe(true);
  pipeline.open('gate');
  for (const [name, pid] of before) {
    if (name.startsWith('actor_b')) await until(() => !isRunning(pid), `the former process of ${name} ends`);
    else expect(isRunning(pid), name).toBe(true);
  }
  expect((await results.take(3)).map(({ properties }) => properties.headers?.['tq-status'])).toEqual(
    Array(3).fill('finished'),
  );
  expect(pipeline.starts().filter(({ id }) => id.length === 1)).toHaveLength(3);
});

it('a bad file is refused with the reason, and the old configuration goes on', async () => {
  const { pipeline, client } = await openScene();
  const [dispatcher, pool] = [await pipeline.dispatcher(), await pipeline.pool(1)];
  const before = await readyPids(pool, 1);
  pipeline.configure('conccurrency = 1\n[actor]\nconcurrency = many\ninstances = -1');
  for (const daemon of [dispatcher, pool]) {
    daemon.kill('SIGHUP');
    await daemon.waitForLine(/ERROR not reloaded: everything stays as it was/);
    for (const mistake of [/"concurrency"\?/, /\[actor\] concurrency/, /\[actor\] instances/]) {
      expect(daemon.lines.find((line) => mistake.test(line))).toMatch(/ERROR .*config\.ini:\d+: /);
    }
  }
  for (const [name, pid] of before) expect(isRunning(pid), name).toBe(true);
  const results = await client.collect('results');
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }));
  await results.take(1);

  pipeline.configure('');
  pool.kill('SIGHUP');
  await pool.waitForLine(/INFO +reloaded/);
  for (const [name, pid] of before) expect(isRunning(pid), name).toBe(true);
});

it('a plugin that is dropped in is found, a changed one is replaced, a removed one stops', async () => {
  const { pipeline, client } = await openScene('', ['staying', 'leaving', 'changing']);
  const pool = await pipeline.pool(3);
  const before = await readyPids(pool, 3);
  pipeline.installActor('coming');
  pipeline.removePlugin('leaving');
  pipeline.writePluginFile('changing', 'note.js', '// anything');
  const seen = pool.lines.length;
  pool.kill('SIGHUP');
  const started = await readyPids(pool, 2, seen);
  await pool.waitForLine(/reloaded/, { from: seen });
  expect([...started.keys()].sort()).toEqual(['changing#1', 'coming#1']);
  expect(isRunning(before.get('staying#1') as number)).toBe(true);
  await until(() => !isRunning(before.get('leaving#1') as number), 'the process of the removed plugin ends');
  expect(isRunning(before.get('changing#1') as number)).toBe(false);

  const results = await client.collect('results');
  await client.publish('worker_coming', '{}');
  await results.take(1);
  await client.publish('worker_leaving', '{}'); // its queue is still there, and keeps what is for other hosts
  expect(await client.depth('worker_leaving')).toBe(1);
});
