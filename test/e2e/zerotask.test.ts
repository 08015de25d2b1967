// What ZeroTask's README and its example of a client promise, in our terms, over a real broker.
// (github.com/joshmarshall/zerotask: README.md and usage_tests/client_example.py; its Client is a call here, its AsyncClient a
// task.)
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client, STATUS_NUMBERS, TaskError, UnknownMethod } from '../../src/client/sdk.ts';
import type { Daemon } from '../support/daemon.ts';
import { Pipeline } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { until } from '../support/until.ts';

const broker = await freshVhost();
const pipeline = new Pipeline(broker);
const daemons: Daemon[] = [];
let client: Client;

beforeAll(async () => {
  pipeline.installFixture('client-plugins/zerotask', 'zerotask');
  daemons.push(await pipeline.dispatcher(), await pipeline.pool(3));
  client = await Client.connect(broker.url);
});

afterAll(async () => {
  await client.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
});

it('client.add(5, 6) is 11', async () => {
  expect(await client.call.add(5, 6)).toBe(11);
  expect(await client.call.add(4, 6)).toBe(10);
});

it('client.namespaces.are.awesome.foo() is "bar"', async () => {
  expect(await client.call.namespaces.are.awesome.foo()).toBe('bar');
});

it('a misspelled function is an UnknownMethod, a broken one a TaskError', async () => {
  const misspelled = client.call.namespaces.are.awesome.some_misspelled_func();
  await expect(misspelled).rejects.toBeInstanceOf(UnknownMethod);
  await expect(misspelled).rejects.toMatchObject({ code: -32601, message: /some_misspelled_func/ });
  const broken = client.call.namespaces.are.awesome.some_broken_func();
  await expect(broken).rejects.toBeInstanceOf(TaskError);
  await expect(broken).rejects.toMatchObject({
    message: 'it is broken',
    status: 'FAILED',
    trace: expect.stringMatching(/TypeError: it is broken\n +at .*awesome\.js/),
  });
  await expect(client.with({ wait: '2s' }).call.some_misspelled_func()).rejects.toBeInstanceOf(UnknownMethod);
});

it('a task has a status, a result, and a result that is still there later', async () => {
  const [waiter1, waiter2] = [await client.task.add(5, 6), await client.task.sleep('door')];
  expect(await waiter1.result()).toBe(11);
  await until(async () => (await waiter2.status()) === 'RUNNING', 'it sleeps');
  expect(waiter2.state.number).toBe(STATUS_NUMBERS.RUNNING);
  const woot = waiter2.result().then(() => 'Woot!');
  pipeline.open('door');
  expect(await woot).toBe('Woot!');
  expect(await waiter2.wait('1s')).toBe(true);
  expect([await waiter1.status(), await waiter2.status()]).toEqual(['FINISHED', 'FINISHED']);
});
