// The client against real daemons: a cancel of each kind.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../src/client/client.ts';
import type { Handle } from '../../src/client/handle.ts';
import type { TaskState } from '../../src/client/status.ts';
import { openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Pipeline } from '../support/pipeline.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { until } from '../support/until.ts';

const broker = await freshVhost();
const observer = await openClient(broker.url);
const pipeline = new Pipeline(broker, '[patient]\nmax_attempts = 2\nretry_delay = 1s\n');
const daemons: Daemon[] = [];
let client: Client;
let doors = 0;

beforeAll(async () => {
  pipeline.installActor('actor', 'patient');
  daemons.push(await pipeline.dispatcher(), await pipeline.pool(2));
  client = await Client.connect(broker.url);
});

afterAll(async () => {
  await client.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  await observer.close();
});

/** One that runs until its door is opened. */
async function waiting(): Promise<{ readonly handle: Handle; readonly open: () => void }> {
  const name = `door-${++doors}`;
  const handle = await client.submit('actor', { do: 'tell', fraction: 0.5, note: 'halfway', for: name });
  const open = (): void => pipeline.open(name);
  onTestFinished(open);
  return { handle, open };
}

const when = (handle: Handle, what: string, is: (state: TaskState) => boolean): Promise<TaskState> =>
  until(() => is(handle.state) && handle.state, `${handle.id} is ${what}`, 30_000);

describe('a cancel', () => {
  it('reaches one that is queued: it never runs', async () => {
    const { handle, open } = await waiting();
    await when(handle, 'running', ({ status }) => status === 'RUNNING');
    const queued = await client.submit('actor', {});
    const answers = await queued.cancel({ reason: 'changed my mind' });
    expect(answers.map(({ daemon }) => daemon).sort()).toEqual(['dispatcher', 'workerpool']);
    open();
    await expect(queued.result()).rejects.toMatchObject({
      status: 'CANCELLED',
      message: expect.stringMatching(/guest.*changed my mind/),
    });
    expect(pipeline.starts().map(({ id }) => id)).not.toContain(queued.id);
  });

  it('reaches one that is delayed, when its time comes', async () => {
    const delayed = await client.submit('actor', {}, { delay: '2s' });
    await client.cancel(delayed.id);
    await expect(delayed.result()).rejects.toMatchObject({ status: 'CANCELLED' });
    expect(pipeline.starts().map(({ id }) => id)).not.toContain(delayed.id);
  });

  it('reaches one that runs: its handler is asked to end', async () => {
    const running = await client.submit('actor', { do: 'wait-for-signal' });
    await when(running, 'running', ({ status }) => status === 'RUNNING');
    await running.cancel();
    await expect(running.result()).rejects.toMatchObject({ status: 'CANCELLED' });
    expect(await running.status()).toBe('CANCELLED');
  });

  it('reaches one whose turn comes after the pool was started again', async () => {
    const { handle, open } = await waiting();
    await when(handle, 'running', ({ status }) => status === 'RUNNING');
    const queued = await client.submit('actor', {});
    const pool = daemons.pop();
    await queued.cancel();
    open();
    await pool?.stop();
    daemons.push(await pipeline.pool(2));
    await expect(queued.result()).rejects.toMatchObject({ status: 'CANCELLED' });
    expect(pipeline.starts().map(({ id }) => id)).not.toContain(queued.id);
  });
});
