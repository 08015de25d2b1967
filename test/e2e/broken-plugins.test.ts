// Plugins that cannot work: they trouble nobody but themselves, and the log says which it is and why.
import { expect, it } from 'vitest';
import { openScene, readyPids } from '../support/pipeline.ts';

it('what cannot be imported, exports nothing, never gets ready, or has no such user stops nobody else', async () => {
  const config = '[never-ready]\nstart_timeout = 500ms\n[homeless]\nuser = no-such-user-anywhere';
  const { pipeline, client } = await openScene(config, ['actor', 'homeless']);
  for (const name of ['throws-at-import', 'no-default', 'never-ready'])
    pipeline.installFixture(`plugins/${name}`, name);
  pipeline.installActor('missing');
  pipeline.writePluginFile('missing', 'worker.js', "import 'no-such-package';\n");
  const [dispatcher, pool] = [await pipeline.dispatcher(), await pipeline.pool(1)];
  await readyPids(pool, 1);
  const results = await client.collect('results');

  const reasons: Readonly<Record<string, RegExp>> = {
    'throws-at-import': /this plugin cannot be imported/,
    'no-default': /default/,
    'never-ready': /start_timeout/,
    homeless: /no-such-user-anywhere/,
    missing: /no-such-package/,
  };
  for (const [type, why] of Object.entries(reasons)) {
    const failing = await pool.waitForLine(new RegExp(`ERROR .*instance=${type}#1`));
    expect(failing).toMatch(why);
    expect(pool.lines.some((line) => line.includes(`ready type=${type} `))).toBe(false);
  }
  expect(pool.lines.filter((line) => /ERROR .*instance=homeless#1/.test(line))).toHaveLength(1); // it is not said again
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }));
  await results.take(1);
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'homeless' }));
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }), { messageId: 'after' });
  expect((await results.take(1))[0]?.properties.correlationId).toBe('after');
  expect(await client.depth('worker_homeless')).toBe(1); // waits for a host that has the user
  expect(await pool.stop()).toEqual({ code: 0, signal: null });
  expect(await dispatcher.stop()).toEqual({ code: 0, signal: null });
});
