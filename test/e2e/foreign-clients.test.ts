// Programs of others and our test client mean the same queue by the same name, and get each other's messages unchanged.
import { afterAll, expect, test } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { foreignClients } from '../support/foreign-clients.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';

const broker = await freshVhost();
const client = await openClient(broker.url);
const foreign = await foreignClients();
afterAll(() => client.close());

test('what amqp-publish sends arrives as it was sent', async () => {
  await client.declare('from-amqp-tools');
  const arrived = await client.collect('from-amqp-tools');
  const args = ['--url', broker.url, '-r', 'from-amqp-tools', '-p', '-C', 'text/plain'];
  await foreign.amqpTool('amqp-publish', args, 'first some text');
  const [message] = await arrived.take(1);
  expect(message?.content.toString()).toBe('first some text');
  expect(message?.properties.contentType).toBe('text/plain');
});

const PIKA = `
import pika, sys
connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.queue_declare(queue=sys.argv[2], durable=True)
channel.basic_publish('', sys.argv[2], '{"n": 1}', pika.BasicProperties(content_type='application/json', headers={'k': 'v'}))
connection.close()
`;

test('what pika sends arrives as it was sent, into a queue that both declare', async () => {
  await client.declare('from-pika');
  const arrived = await client.collect('from-pika');
  await foreign.python(PIKA, broker.url, 'from-pika');
  const [message] = await arrived.take(1);
  expect(message?.content.toString()).toBe('{"n": 1}');
  expect(message?.properties).toMatchObject({ contentType: 'application/json', headers: { k: 'v' } });
});
