// A client with hundreds of tasks, whose broker is killed and started again: no result is lost, none is taken twice.
import { expect, it, onTestFinished } from 'vitest';
import { Client } from '../../src/client/client.ts';
import { Pipeline } from '../support/pipeline.ts';
import { startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { until } from '../support/until.ts';

const COUNT = 600;

it('its broker is killed while it submits, and while it waits: each task gets its own result', async () => {
  const rabbitmq = await startRabbitmq();
  onTestFinished(() => rabbitmq.stop());
  const pipeline = new Pipeline(rabbitmq, '[actor]\nconcurrency = 10');
  pipeline.installActor('actor');
  await pipeline.dispatcher();
  await pipeline.pool(1);
  const client = await Client.connect(rabbitmq.url, { confirmTimeout: '100s' });
  onTestFinished(() => client.close());

  let submitted = 0;
  function* bodies() {
    for (let n = 0; n < COUNT; n++) yield { n };
  }
  const results: Promise<{ n: number }>[] = [];
  const submitting = (async () => {
    for await (const handle of client.submitMany<{ n: number }>('actor', bodies(), { window: 20 })) {
      results.push(handle.result());
      submitted++;
    }
  })();
  await until(() => submitted > COUNT / 4, 'a quarter is submitted', 60_000);
  await rabbitmq.kill();
  await until(() => !client.stats.isConnected, 'the client has noticed');
  await rabbitmq.start();
  await submitting;
  const values = await Promise.all(results);
  expect(values.map(({ n }) => n)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  expect(client.stats).toMatchObject({ pending: 0, isConnected: true, problem: null });
});
