// Delays of the real broker, with shortened levels: one workitem a thousand times, and types whose queue is gone.
import { expect, it, onTestFinished } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker, Delivery, Outgoing } from '../../src/broker/broker.ts';
import { internalDeclarations, UNROUTABLE, workerDeclarations, workerQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { later } from '../../src/handling/later.ts';
import type { Message } from '../../src/workitem/message.ts';
import { relayed } from '../../src/workitem/relay.ts';
import { openClient } from '../support/amqp-client.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { until } from '../support/until.ts';

/** A second of delay takes so long here. */
const UNIT_MS = 5;

async function openBroker(): Promise<{ broker: Broker; url: string }> {
  const vhost = await freshVhost();
  const login = { hosts: [{ host: vhost.host, port: vhost.port }], user: vhost.user, password: vhost.password };
  const amqp = { ...login, vhost: vhost.vhost, tls: null, heartbeatSeconds: 10 };
  const broker = createAmqpBroker({ amqp, logger: silentLogger, clock: systemClock, name: 'delays' });
  onTestFinished(() => broker.stop());
  await broker.start();
  expect(await broker.declare(internalDeclarations(UNIT_MS))).toEqual({ kind: 'declared' });
  return { broker, url: vhost.url };
}

async function publish(broker: Broker, outgoing: Outgoing): Promise<void> {
  expect(await broker.publish(outgoing)).toEqual({ kind: 'confirmed' });
}

const workitem = (id: string): Message => ({
  properties: { messageId: id },
  headers: { 'x-own': 'kept' },
  body: Buffer.from(id),
});

it('a workitem that is retried a thousand times is there each time, and carries no more than before', async () => {
  const { broker } = await openBroker();
  const queue = workerQueue('again');
  let seen = 0;
  let done: (message: Message) => void = () => undefined;
  const last = new Promise<Message>((resolve) => {
    done = resolve;
  });
  const onDelivery = async (delivery: Delivery): Promise<void> => {
    if (++seen === 1_000) {
      done(delivery.message);
      return void delivery.ack();
    }
    const onward = relayed(delivery.message, { 'tq-attempt': seen + 1 });
    await publish(broker, later(onward, queue, (1 + (seen % 3)) * 1_000));
    delivery.ack();
  };
  broker.consume({
    queue,
    declarations: workerDeclarations('again', null),
    prefetch: 1,
    onDelivery: (delivery) => void onDelivery(delivery),
  });
  await until(async () => ((await broker.queueInfo(queue))?.consumers ?? 0) > 0, 'its queue is consumed');
  await publish(broker, later(workitem('patient'), queue, 1_000));
  const { properties, headers, body } = (await Promise.race([
    last,
    until(() => false, 'a thousand retries', 50_000),
  ])) as Message;
  expect([properties.messageId, body.toString(), headers['x-own']]).toEqual(['patient', 'patient', 'kept']);
  expect((headers['x-death'] as unknown[]).length).toBeLessThanOrEqual(2); // of the last delay alone
  expect(Object.keys(relayed({ properties, headers, body }).headers).toSorted()).toEqual(['tq-attempt', 'x-own']);
});

it('a thousand delayed workitems of a type whose queue is gone hold up no other type', async () => {
  const { broker, url } = await openBroker();
  await broker.declare(workerDeclarations('dead', null));
  await broker.declare(workerDeclarations('alive', null));
  const client = await openClient(url);
  onTestFinished(() => client.close());
  const channel = await client.connection.createChannel();
  await channel.deleteQueue(workerQueue('dead'));
  await channel.close();
  const ids = Array.from({ length: 1_000 }, (_, n) => n);
  const alive = await client.collect(workerQueue('alive'));
  await Promise.all(
    ids.map((n) => publish(broker, later(workitem(`dead${n}`), workerQueue('dead'), 1_000 + (n % 7) * 1_000))),
  );
  await Promise.all(
    ids.slice(0, 100).map((n) => publish(broker, later(workitem(`${n}`), workerQueue('alive'), 5_000))),
  );
  const arrived = await alive.take(100, 15_000);
  expect(new Set(arrived.map(({ properties }) => properties.messageId)).size).toBe(100);
  await until(async () => (await client.depth(UNROUTABLE)) === 1_000, 'all others are kept aside', 30_000);
});
