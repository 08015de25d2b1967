// The broker goes away under dispatcher and pool manager, in good order or at once, and comes back.
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { Pipeline } from '../support/pipeline.ts';
import { startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { createVhost } from '../support/rabbitmq/vhost.ts';

/** More than are done before it happens. */
const COUNT = 60;
/** Brief, but not so brief that all are done before it happens. */
const BRIEF = JSON.stringify({ worker_type: 'actor', do: 'block', ms: 20 });
/** Those that are being worked on when it happens, and go on until it is over. */
const LONG = ['long-1', 'long-2'];

const rabbitmq = await startRabbitmq();
afterAll(() => rabbitmq.stop());

const WAYS: readonly (readonly [string, () => Promise<void>])[] = [
  ['is restarted', () => rabbitmq.shutDown()],
  ['is killed', () => rabbitmq.kill()],
];

it.each(WAYS)('where it %s, both go on by themselves, and every workitem has its outcome', async (way, end) => {
  await createVhost(rabbitmq.node, way);
  const url = `${rabbitmq.url}/${encodeURIComponent(way)}`;
  const pipeline = new Pipeline({ url }, '[actor]\ninstances = 3');
  pipeline.installActor('actor');
  const before = await openClient(url);
  await before.declare('taskqueue', 'results', 'worker_actor');
  const [dispatcher, pool] = [await pipeline.dispatcher(), await pipeline.pool(3)];
  for (const messageId of LONG) {
    await before.publish('taskqueue', JSON.stringify({ worker_type: 'actor', do: 'wait', for: 'gate' }), { messageId });
  }
  await pipeline.startsWhen(LONG.length);
  const short = Array.from({ length: COUNT }, (_, n) => `short-${n}`);
  // All at once, so that there is work on every part of the way.
  await Promise.all(short.map((messageId) => before.publish('taskqueue', BRIEF, { messageId })));

  await rabbitmq.evaluate('mnesia:sync_log()'); // RabbitMQ forgets queues that it has only just made, or half of them
  const seen = [dispatcher.lines.length, pool.lines.length];
  await end();
  await before.closed;
  await rabbitmq.start();
  await dispatcher.waitForLine(/INFO +connected/, { from: seen[0] ?? 0 });
  await pool.waitForLine(/INFO +connected/, { from: seen[1] ?? 0 });

  // The pool manager is given the long ones again while they still run, and recognises them.
  for (const id of LONG) await pool.waitForLine(new RegExp(`delivered again.*workitem=${id}`));
  const after = await openClient(url);
  onTestFinished(() => after.close());
  const results = await after.collect('results');
  pipeline.open('gate');
  const all = new Set([...short, ...LONG]);
  const outcomes = new Map<string, string>();
  while (outcomes.size < all.size) {
    const [result] = await results.take(1);
    const { headers } = result?.properties ?? {};
    outcomes.set(headers?.['tq-id'], headers?.['tq-status']);
  }
  expect(new Set(outcomes.keys())).toEqual(all);
  expect(new Set(outcomes.values())).toEqual(new Set(['finished']));
  for (const id of LONG) expect(pipeline.starts().filter((start) => start.id === id)).toHaveLength(1);
  expect(pool.lines.filter((line) => / ready /.test(line))).toHaveLength(3); // no process had to go for that
  expect(await after.depth('taskqueue.dead')).toBe(0);
});
