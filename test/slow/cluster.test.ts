// Three broker nodes with quorum queues: one dies under us, and nothing is lost, nothing waits for a restart of ours.
import { expect, it, onTestFinished } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { Pipeline } from '../support/pipeline.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { until } from '../support/until.ts';

const COUNT = 300;

it('the node that both daemons are connected to is killed, and every workitem has its result', async () => {
  const first = await startRabbitmq();
  const others: Rabbitmq[] = [];
  onTestFinished(async () => {
    for (const node of others) await node.stop();
    await first.stop(); // last: the others share its epmd
  }, 90_000);
  for (let n = 0; n < 2; n++) others.push(await startRabbitmq({ joins: first }));
  const [victim, survivor] = others as [Rabbitmq, Rabbitmq];

  const pipeline = new Pipeline(victim, '[actor]\ninstances = 2', [
    `host = 127.0.0.1:${victim.amqpPort}, 127.0.0.1:${survivor.amqpPort}, 127.0.0.1:${first.amqpPort}`,
    'queue_type = quorum',
    'heartbeat = 2',
  ]);
  pipeline.installActor('actor');
  const dispatcher = await pipeline.dispatcher();
  const pool = await pipeline.pool(2);
  const client = await openClient(survivor.url);
  onTestFinished(() => client.close());
  await until(async () => (await client.consumers('worker_actor')) === 2, 'both consume');
  const results = await client.collect('results');
  const ids = Array.from({ length: COUNT }, (_, n) => `w${n}`);
  for (const [n, messageId] of ids.entries()) {
    if (n === COUNT / 2) await victim.kill();
    const surely = (): Promise<true> =>
      client.publish('taskqueue', '{"worker_type":"actor"}', { messageId }).then(() => true);
    await until(() => surely().catch(() => false), 'the survivors take it');
  }
  const ended = new Set<string>();
  while (ended.size < COUNT) {
    const [result] = await results.take(1, 60_000);
    ended.add(result?.properties.correlationId as string);
  }
  expect([...ended].toSorted()).toEqual(ids.toSorted());
  for (const daemon of [dispatcher, pool]) {
    expect(daemon.lines.filter((line) => /connected to the broker/.test(line)).length).toBeGreaterThanOrEqual(2);
  }
  expect(await client.depth('taskqueue.dead')).toBe(0);
});
