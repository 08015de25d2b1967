// A broker takes back what a consumer has had for longer than its `consumer_timeout`. Here that is as short as it can be; a
// pool with the usual times would lose the channel of whatever runs for half an hour.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import { leaseQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { loadInstallation } from '../../src/installation/load.ts';
import { planOf } from '../../src/pool/plan.ts';
import { Pool } from '../../src/pool/pool.ts';
import { recordingLogger } from '../contract/recording-logger.ts';
import { openClient } from '../support/amqp-client.ts';
import { FakeOrders } from '../support/fake-orders.ts';
import { Pipeline } from '../support/pipeline.ts';
import { startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { childSpecFor } from './built-worker.ts';

const CONSUMER_TIMEOUT_MS = 10_000;
/** The broker looks once a minute. */
const LOOKS_EVERY_MS = 60_000;

it('what runs for far longer than consumer_timeout runs once', async () => {
  const rabbitmq = await startRabbitmq({ config: [`consumer_timeout = ${CONSUMER_TIMEOUT_MS}`] });
  onTestFinished(() => rabbitmq.stop());
  const client = await openClient(rabbitmq.url);
  const pipeline = new Pipeline(rabbitmq);
  pipeline.installActor('actor');
  await client.declare('taskqueue', 'results', 'worker_actor');
  const { config, installed } = loadInstallation(pipeline.configFile, { isRoot: false, runsWorkers: true });
  const logger = recordingLogger();
  const broker = createAmqpBroker({ amqp: config.amqp, logger, clock: systemClock, name: 'pool' });
  const tools = {
    broker,
    logger,
    clock: systemClock,
    events: () => undefined,
    host: 'host',
    daemon: 'workerpool',
    queueType: null,
    orders: new FakeOrders(systemClock),
  };
  const leases = { pool: 'test', afterMs: CONSUMER_TIMEOUT_MS / 2 };
  const pool = new Pool({ tools, plans: planOf(config, installed), childSpecFor, leases });
  onTestFinished(async () => {
    pool.kill();
    await pool.stop();
    await client.close();
  });
  await pool.start();
  const results = await client.collect('results');
  await client.publish('worker_actor', JSON.stringify({ do: 'wait', for: 'gate' }), { messageId: 'long' });
  await pipeline.startsWhen(1);
  await pause(LOOKS_EVERY_MS + 3 * CONSUMER_TIMEOUT_MS); // what must not happen sends no signal
  expect(await client.depth('worker_actor')).toBe(0);
  pipeline.open('gate');
  const [result] = await results.take(1);
  expect(result?.properties.correlationId).toBe('long');
  expect(pipeline.starts()).toHaveLength(1);
  expect(logger.lines.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
  expect(await client.depth(leaseQueue('test'))).toBe(0);
  expect(results.messages).toEqual([]);
});
