// Bodies far over max_message_size, on a broker that takes them: parked as they came, in bounded memory.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openClient, type TestClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Ledger } from '../support/ledger.ts';
import { Pipeline } from '../support/pipeline.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { openRaw, type RawClient, textField } from '../support/raw-amqp.ts';

const MB = 1024 * 1024;
const ledger = new Ledger();
let rabbitmq: Rabbitmq;
let client: TestClient;
let raw: RawClient;
let dispatcher: Daemon;
let pool: Daemon;

beforeAll(async () => {
  // RabbitMQ 4 takes 16 MiB, unless it is told to do what 3 did.
  rabbitmq = await startRabbitmq({ config: [`max_message_size = ${128 * MB}`] });
  const pipeline = new Pipeline(rabbitmq);
  pipeline.installFixture('../../plugins/first', 'first');
  client = await openClient(rabbitmq.url);
  await client.declare('taskqueue', 'results', 'worker_first');
  dispatcher = await pipeline.dispatcher();
  pool = await pipeline.pool(1);
  const target = { host: '127.0.0.1', port: rabbitmq.amqpPort, user: 'guest', password: 'guest', vhost: '/' };
  raw = await openRaw(target);
  await ledger.follow(client, 'results');
  await send('taskqueue', 'small', 1);
  await ledger.have(['small'], () => 1); // so everything is declared
  await ledger.follow(client, 'taskqueue.dead');
});

afterAll(async () => {
  raw.close();
  await Promise.all([dispatcher.stop(), pool.stop()]);
  await client.close();
  await rabbitmq.stop();
});

async function send(queue: string, correlationId: string, megabytes: number): Promise<void> {
  const properties = { correlationId, headers: textField('tq-type', 'first') };
  await raw.publish(queue, {
    properties: { ...properties, contentType: 'text/plain' },
    body: Buffer.alloc(megabytes * MB, 'x'),
  });
}

it.each([
  ['taskqueue', 20],
  ['taskqueue', 100],
  ['worker_first', 20],
  ['worker_first', 100],
])('sent to %s, %i MB are parked whole, and what comes behind them is handled', async (queue, megabytes) => {
  const key = `${queue} ${megabytes}`;
  await send(queue, key, megabytes);
  await send(queue, `behind ${key}`, 1);
  await ledger.have([key, `behind ${key}`], () => 1);
  expect(ledger.outcomes(key)).toEqual(['taskqueue.dead: too-large']);
  expect(ledger.outcomes(`behind ${key}`)).toEqual(['results: finished']);
  expect(ledger.of(key)[0]?.message.content).toHaveLength(megabytes * MB);
});

it('no daemon needed more than a few times the largest of them', () => {
  const peaks = [dispatcher, pool].map(({ peakMegabytes }) => peakMegabytes);
  expect(Math.max(...peaks)).toBeLessThan(900);
});
