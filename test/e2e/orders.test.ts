// Orders outlive who has heard them: daemons that start later read them from the control log. And only who may gives any.
import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { CONTROL_LOG, orderRoute, questionRoute } from '../../src/broker/topology.ts';
import { openCorrespondent } from '../support/correspondent.ts';
import { openScene, Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rabbitmq/user.ts';
import { until } from '../support/until.ts';

const from = (count: number) => ({ forMs: 20_000, enough: (all: readonly unknown[]) => all.length === count });

it('a pause holds for a pool that starts later, until it is resumed; each daemon says what it has done', async () => {
  const { pipeline, client, broker } = await openScene();
  const dispatcher = await pipeline.dispatcher();
  const correspondent = await openCorrespondent(broker);
  const [noted] = await correspondent.order({ kind: 'pause', type: 'actor', untilMs: null, reason: 'moving' }, from(1));
  expect(noted).toMatchObject({ daemon: 'dispatcher', done: expect.stringContaining('only passes on') });
  await client.publish('taskqueue', JSON.stringify({ worker_type: 'actor' }), { messageId: 'later' });
  const pool = await pipeline.pool(1);
  expect(await pool.waitForLine(/is paused/)).toMatch(/type=actor by=guest reason=moving/);
  await until(async () => (await client.depth('worker_actor')) === 1, 'it is in its queue');
  const [status] = (await correspondent.ask({ kind: 'status' }, from(2))).filter((one) => one.daemon === 'workerpool');
  expect(status?.status).toMatchObject({ problem: null, pauses: [{ type: 'actor', by: 'guest', reason: 'moving' }] });
  expect(pipeline.starts()).toEqual([]);
  const done = await correspondent.order({ kind: 'resume', type: 'actor', reason: '' }, from(2));
  expect(done.map((one) => one.done).toSorted()).toEqual([
    expect.stringContaining('noted'),
    'work goes on in 1 instance',
  ]);
  await pipeline.startsWhen(1);
  for (const daemon of [dispatcher, pool]) expect(await daemon.waitForLine(/resumed/)).toContain('by=guest');
});

it('what gets into the log without the permission is no order', async () => {
  const { pipeline, client, broker } = await openScene();
  if (broker.node === null) throw new Error('this test needs a broker of its own');
  const pool = await pipeline.pool(1);
  const login = { ...broker, user: `sender-${randomUUID()}`, password: 'secret' };
  const write = '^(amq\\.default|taskqueue\\.control)$';
  const topic = { exchange: 'taskqueue.control', write: '^ask\\.' };
  await addUser(broker.node, login, { configure: '^$', write, read: '^$', topic });
  const foreign = await connect(broker.url.replace(/\/\/[^@]*@/, `//${login.user}:secret@`));
  onTestFinished(() => foreign.close());
  const order = {
    v: 1,
    operation: randomUUID(),
    at: Date.now(),
    reason: '',
    kind: 'pause',
    type: 'actor',
    untilMs: null,
  };
  const publish = async (exchange: string, routingKey: string, copies: string[]): Promise<void> => {
    const channel = await foreign.createConfirmChannel();
    channel.on('error', () => undefined); // the confirm says so
    channel.publish(exchange, routingKey, Buffer.from(JSON.stringify(order)), { userId: login.user, CC: copies });
    await channel.waitForConfirms();
  };
  const { exchange, routingKey } = questionRoute('status');
  await publish(exchange, routingKey, [orderRoute('pause').routingKey]).catch(() => undefined); // RabbitMQ 4 refuses it
  await publish('', CONTROL_LOG, []);
  expect(await pool.waitForLine(/is no order/)).toContain('came through the exchange');
  await client.publish('worker_actor', '{}', { messageId: 'goes on' });
  await pipeline.startsWhen(1);
});

it('a pool that may not touch control works all the same, and says so', async () => {
  const { pipeline, client, broker } = await openScene();
  if (broker.node === null) throw new Error('this test needs a broker of its own');
  await pipeline.dispatcher();
  const login = { ...broker, user: `pool-${randomUUID()}`, password: 'secret' };
  const allBut = '^(?!taskqueue\\.control)';
  await addUser(broker.node, login, { configure: allBut, write: allBut, read: allBut });
  const url = broker.url.replace(/\/\/[^@]*@/, `//${login.user}:secret@`);
  const restricted = new Pipeline({ url });
  restricted.installActor('actor');
  const pool = await restricted.pool(1);
  await pool.waitForLine(/may not be obeyed here/);
  await client.publish('worker_actor', '{}', { messageId: 'goes on' });
  await restricted.startsWhen(1);
  expect(pipeline.starts()).toEqual([]);
});
