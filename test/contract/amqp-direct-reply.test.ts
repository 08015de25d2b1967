// RabbitMQ's direct reply-to: answers find whoever asked, and addresses that somebody has made up harm nobody else.
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker, PublishOutcome } from '../../src/broker/broker.ts';
import { NOTHING } from '../../src/broker/declarations.ts';
import { sharedQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { Inbox } from './inbox.ts';
import { recordingLogger } from './recording-logger.ts';

const vhost = await freshVhost();
const logger = recordingLogger();
const QUEUE = 'contract_questions';
let broker: Broker;
let inbox: Inbox;
let client: ChannelModel;
let asking: Channel;

beforeAll(async () => {
  const { host, port, user, password } = vhost;
  const amqp = { hosts: [{ host, port }], user, password, vhost: vhost.vhost, tls: null, heartbeatSeconds: 10 };
  broker = createAmqpBroker({ amqp, name: 'replies', clock: systemClock, logger });
  await broker.start();
  await broker.declare(sharedQueue(QUEUE, null));
  inbox = new Inbox();
  broker.consume({ queue: QUEUE, declarations: NOTHING, prefetch: 10, onDelivery: (delivery) => inbox.put(delivery) });
  client = await connect(vhost.url);
  asking = await client.createChannel();
});

afterAll(async () => {
  await client.close();
  await broker.stop();
});

function reply(address: string, body: string): Promise<PublishOutcome> {
  const outgoing = { exchange: '', routingKey: address, mandatory: false, properties: {}, headers: {} };
  return broker.publish({ ...outgoing, body: Buffer.from(body) });
}

/** Who asks, and what it hears. */
async function question(): Promise<{ address: string; heard: string[] }> {
  const heard: string[] = [];
  await asking.consume('amq.rabbitmq.reply-to', (answer) => heard.push(String(answer?.content)), { noAck: true });
  asking.publish('', QUEUE, Buffer.from('?'), { replyTo: 'amq.rabbitmq.reply-to' });
  const [asked] = await inbox.take(1);
  asked?.ack();
  return { address: asked?.message.properties.replyTo ?? '', heard };
}

/** What Erlang makes of a process on a node that is not there. */
const NOBODY = Buffer.from([131, 88, 100, 0, 9, ...Buffer.from('reply@123'), ...Array(12).fill(1)]).toString('base64');

test('made-up addresses are nobody, whatever the broker does about them; whoever is in flight beside them gets its answer', async () => {
  const { address, heard } = await question();
  const madeUp = ['g1h2.abc', 'AAAA.AAAA', '####.x', 'é.ü', `${NOBODY}.k`].map(
    (made) => `amq.rabbitmq.reply-to.${made}`,
  );
  const outcomes = await Promise.all([
    reply(address, 'before'),
    ...madeUp.map((made) => reply(made, 'lost')),
    reply(address, 'after'),
    broker.publish({ ...toQueue, body: Buffer.from('work') }),
  ]);
  const kinds = outcomes.map(({ kind }) => kind);
  expect([kinds.at(0), ...kinds.slice(-2)]).toEqual(['confirmed', 'confirmed', 'confirmed']);
  // Newer brokers drop silently what is for nobody.
  for (const outcome of outcomes.slice(1, -2)) expect(['returned', 'confirmed']).toContain(outcome.kind);
  expect(new Set(heard)).toEqual(new Set(['before', 'after']));
  expect((await inbox.take(1))[0]?.ack()).toBe(true);
});

test('nor does anybody ask the broker for them as for a queue', async () => {
  expect(await broker.queueInfo('amq.rabbitmq.reply-to.g1h2.abc')).toBeUndefined();
});

test('all of that without a harm to the connections that carry work', () => {
  expect(broker.status).toMatchObject({ state: 'connected', problem: null });
  expect(logger.lines).toEqual([expect.stringContaining('info: connected to the broker')]);
});

const toQueue = { exchange: '', routingKey: QUEUE, mandatory: true, properties: {}, headers: {} };
