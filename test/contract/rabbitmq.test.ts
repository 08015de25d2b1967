// The private broker that the other tests run on: what they may rely on.
import { connect } from 'amqplib';
import { expect, test } from 'vitest';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const broker = await freshVhost();

test('a fresh vhost is empty, and takes declarations and messages', async () => {
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('smoke', { durable: true });
  channel.sendToQueue('smoke', Buffer.from('hello'));
  await channel.waitForConfirms();
  expect(await channel.get('smoke', { noAck: true })).toMatchObject({ content: Buffer.from('hello') });
  await connection.close();
});
