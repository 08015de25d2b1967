// What RabbitMQ does with streams beyond the port's contract: who can get in, and brokers that have none.
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { CONTROL_LOG, controlLogDeclarations, orderRoute, questionRoute } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { addUser } from '../support/rabbitmq/user.ts';
import { until } from '../support/until.ts';
import { Inbox } from './inbox.ts';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

let rabbitmq: Rabbitmq;
beforeAll(async () => {
  rabbitmq = await startRabbitmq();
}, 90_000);
afterAll(() => rabbitmq?.stop(), 60_000);

const PATIENCE = { timeout: 60_000 };

async function openBroker(node: Rabbitmq): Promise<{ broker: Broker; logger: RecordingLogger }> {
  const logger = recordingLogger();
  const amqp = { hosts: [{ host: '127.0.0.1', port: node.amqpPort }], user: 'guest', password: 'guest', vhost: '/' };
  const options = { amqp: { ...amqp, tls: null, heartbeatSeconds: 10 }, name: 'stream', clock: systemClock, logger };
  const broker = createAmqpBroker(options);
  onTestFinished(() => broker.stop());
  await broker.start();
  return { broker, logger };
}

test('a connection that is lost has the stream read again from its first entry', PATIENCE, async () => {
  const { broker } = await openBroker(rabbitmq);
  const begins: number[] = [];
  const inbox = new Inbox();
  broker.consume({
    queue: CONTROL_LOG,
    declarations: controlLogDeclarations(),
    prefetch: 10,
    from: 'first',
    onBegin: () => begins.push(inbox.size),
    onDelivery: (delivery) => {
      inbox.put(delivery);
      delivery.ack();
    },
  });
  await until(() => begins.length === 1, 'it reads');
  const entry = { ...orderRoute('mark'), mandatory: true, properties: {}, headers: {}, body: Buffer.from('kept') };
  await broker.publish(entry);
  await inbox.take(1);
  await rabbitmq.evaluate(
    '[rabbit_networking:close_connection(P, <<"test">>) || P <- rabbit_networking:connections()]',
  );
  const [again] = await inbox.take(1);
  expect([again?.message.body.toString(), again?.offset, begins.length]).toEqual(['kept', 0, 2]);
});

test('a connection that reads costs no other connection anything when it ends', PATIENCE, async () => {
  const { broker } = await openBroker(rabbitmq);
  const states: string[] = [];
  broker.onStatus(({ state }) => states.push(state));
  let begins = 0;
  const consumer = broker.consume({
    queue: CONTROL_LOG,
    declarations: controlLogDeclarations(),
    prefetch: 10,
    from: 'first',
    onBegin: () => void begins++,
    onDelivery: (delivery) => void delivery.ack(),
  });
  await until(() => begins === 1, 'it reads');
  await rabbitmq.evaluate(`[rabbit_networking:close_connection(P, <<"test">>) || P <- rabbit_networking:connections(),
    begin
      [{client_properties, All}] = rabbit_networking:connection_info(P, [client_properties]),
      {_, _, Name} = lists:keyfind(<<"connection_name">>, 1, All),
      binary:match(Name, <<", streams">>) =/= nomatch
    end]`);
  await until(() => begins === 2, 'it reads again');
  expect([states, consumer.isConsuming]).toEqual([[], true]);
});

test('who may only ask gets into the log by a copy at most, and that keeps the routing key that it came with', async () => {
  const { broker } = await openBroker(rabbitmq);
  await broker.declare(controlLogDeclarations());
  const topic = { exchange: 'taskqueue.control', write: '^ask\\.' };
  const asker = { user: 'asker', password: 'secret', vhost: '/' };
  await addUser(rabbitmq.node, asker, { configure: '^$', write: '.*', read: '^$', topic });
  const foreign = await connect(rabbitmq.url.replace('guest:guest', 'asker:secret'));
  onTestFinished(() => foreign.close());
  const publish = async (route: { exchange: string; routingKey: string }, copyTo: string[]): Promise<unknown> => {
    const channel = await foreign.createConfirmChannel();
    channel.on('error', () => undefined); // the confirm says so
    channel.publish(route.exchange, route.routingKey, Buffer.from(copyTo.join()), { CC: copyTo });
    return channel.waitForConfirms().then(() => channel.close());
  };
  await expect(publish(orderRoute('pause'), [])).rejects.toThrow();
  const copied = publish(questionRoute('status'), [orderRoute('pause').routingKey]);
  const isRefused = await copied.then(() => false).catch(() => true); // by RabbitMQ 4
  await broker.publish({
    ...orderRoute('mark'),
    mandatory: true,
    properties: {},
    headers: {},
    body: Buffer.from('end'),
  });
  const inbox = new Inbox();
  const onDelivery = inbox.put.bind(inbox);
  const declarations = controlLogDeclarations();
  broker.consume({ queue: CONTROL_LOG, declarations, prefetch: 100, from: 'first', onDelivery });
  const copies: string[] = [];
  for (let body = ''; body !== 'end'; ) {
    const [entry] = await inbox.take(1);
    body = entry?.message.body.toString() ?? '';
    if (body === 'order.pause') copies.push(`${entry?.exchange} ${entry?.routingKey}`);
  }
  expect(copies).toEqual(isRefused ? [] : ['taskqueue.control ask.status']);
});

test('a broker that has streams switched off costs nobody the connection, and is asked again', PATIENCE, async () => {
  const old = await startRabbitmq({ featureFlags: [] });
  onTestFinished(() => old.stop());
  const { broker, logger } = await openBroker(old);
  const states: string[] = [];
  broker.onStatus(({ state }) => states.push(state));
  const consumer = broker.consume({
    queue: CONTROL_LOG,
    declarations: controlLogDeclarations(),
    prefetch: 10,
    from: 'first',
    onDelivery: () => undefined,
  });
  await until(() => consumer.problem !== null, 'it has a problem');
  expect(consumer.problem).toContain('feature flag is disabled');
  expect(await broker.declare(controlLogDeclarations())).toMatchObject({ kind: 'refused' });
  await old.evaluate('ok = rabbit_feature_flags:enable(stream_queue)');
  await until(() => consumer.isConsuming, 'it consumes', 30_000);
  expect(states).toEqual([]);
  expect(logger.lines.filter((line) => line.includes('lost'))).toEqual([]);
});
