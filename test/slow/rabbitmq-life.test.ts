// What tests of failures rely on: a node that dies and comes back with its data, hangs and goes on, and leaves nothing.
import { existsSync } from 'node:fs';
import { connect } from 'amqplib';
import { expect, test } from 'vitest';
import { openClient } from '../support/amqp-client.ts';
import { startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';

test('a private node keeps its messages through kill -9 and restart, and leaves nothing when it is stopped', async () => {
  const rabbitmq = await startRabbitmq();
  const before = await openClient(rabbitmq.url);
  await before.declare('kept');
  await before.publish('kept', 'a message');

  // Mnesia writes a declaration to the disk up to two seconds after it has answered.
  await rabbitmq.evaluate('mnesia:sync_log()');
  await rabbitmq.kill();
  await before.closed;
  await rabbitmq.start();
  const after = await openClient(rabbitmq.url);
  expect(await after.depth('kept')).toBe(1);
  await after.close();

  await rabbitmq.stop();
  await expect(connect(rabbitmq.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(existsSync(rabbitmq.node.directory)).toBe(false);
});

test('a suspended node keeps its connections, and answers nobody until it is resumed', async () => {
  const rabbitmq = await startRabbitmq();
  const client = await openClient(rabbitmq.url);
  await client.declare('slow');
  rabbitmq.suspend();
  await expect(connect(rabbitmq.url, { timeout: 500 })).rejects.toThrow('ETIMEDOUT');
  rabbitmq.resume();
  await client.publish('slow', 'a message');
  expect(await client.depth('slow')).toBe(1);
  await rabbitmq.stop();
});
