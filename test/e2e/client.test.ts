// The client against real daemons: the right status in each state, a cancel of each kind, and a connection that is cut.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../src/client/client.ts';
import type { Handle } from '../../src/client/handle.ts';
import type { TaskState } from '../../src/client/status.ts';
import { openClient } from '../support/amqp-client.ts';
import type { Daemon } from '../support/daemon.ts';
import { Pipeline } from '../support/pipeline.ts';
import { startProxy } from '../support/proxy.ts';
import { addUser } from '../support/rabbitmq/user.ts';
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
async function waiting(by = client): Promise<{ readonly handle: Handle; readonly open: () => void }> {
  const name = `door-${++doors}`;
  const handle = await by.submit('actor', { do: 'tell', fraction: 0.5, note: 'halfway', for: name });
  const open = (): void => pipeline.open(name);
  onTestFinished(open);
  return { handle, open };
}

const when = (handle: Handle, what: string, is: (state: TaskState) => boolean): Promise<TaskState> =>
  until(() => is(handle.state) && handle.state, `${handle.id} is ${what}`, 30_000);

describe('the status', () => {
  it('is QUEUED while another is worked on, RUNNING with its progress, and FINISHED with the result', async () => {
    const first = await waiting();
    const second = await client.submit('actor', { n: 5 });
    await when(first.handle, 'halfway', ({ progress }) => progress === 0.5);
    expect(await first.handle.status()).toBe('RUNNING');
    expect(first.handle.state).toMatchObject({ number: 5000, instance: 'actor#1', attempt: 1, note: 'halfway' });
    expect(await second.status()).toBe('QUEUED');
    first.open();
    expect(await first.handle.result()).toMatchObject({ do: 'tell' });
    expect(await second.result()).toEqual({ n: 5 });
    expect([await first.handle.status(), await second.status()]).toEqual(['FINISHED', 'FINISHED']);
  });

  it('is QUEUED until its time has come, and says when that is', async () => {
    const handle = await client.submit('actor', { n: 6 }, { delay: { seconds: 2 } });
    const { status, untilMs } = await when(handle, 'delayed', (state) => state.untilMs !== null);
    expect(status).toBe('QUEUED');
    expect(untilMs).toBeGreaterThan(Date.now() - 1_000);
    expect(await handle.result()).toEqual({ n: 6 });
  });

  it('is RETRYING after a first attempt that failed, and FAILED after the last', async () => {
    const handle = await client.submit('patient', { do: 'throw', saying: 'no luck' });
    expect(await when(handle, 'retrying', ({ status }) => status === 'RETRYING')).toMatchObject({
      attempt: 1,
      reason: 'no luck',
    });
    await expect(handle.result()).rejects.toMatchObject({
      name: 'TaskError',
      status: 'FAILED',
      message: 'no luck',
      trace: expect.stringMatching(/TypeError: no luck\n +at .*worker\.js/),
    });
    expect(handle.state).toMatchObject({ status: 'FAILED', attempt: 2 });
  });

  it('is PARKED where its plugin gives it up, and where nobody can read it', async () => {
    const rejected = await client.submit('actor', { do: 'reject', saying: 'never' });
    await expect(rejected.result()).rejects.toMatchObject({ status: 'PARKED', message: 'never' });
    const unreadable = await client.submit('actor', '{', { format: 'json' });
    await expect(unreadable.result()).rejects.toMatchObject({ status: 'PARKED', message: /not JSON/ });
    expect(await unreadable.status()).toBe('PARKED');
  });

  it('is EXPIRED where nobody had time for it', async () => {
    const { open } = await waiting();
    const handle = await client.submit('actor', {}, { expires: 1 });
    open();
    await expect(handle.result()).rejects.toMatchObject({ status: 'EXPIRED', message: /expired/ });
  });

  it('is QUEUED, and says why, where nobody runs workers of its type', async () => {
    const handle = await client.submit('nobody', {});
    await when(handle, 'unroutable', ({ isUnroutable }) => isUnroutable);
    expect(await handle.status()).toBe('QUEUED');
    await expect(client.with({ wait: '1s' }).call.nobody.knows()).rejects.toMatchObject({
      name: 'UnknownMethod',
      message: expect.stringMatching(/nobody runs workers of type "nobody"/),
    });
  });

  it('is what the daemons know, for a client that is told no events', async () => {
    const { handle, open } = await waiting();
    const elsewhere = await client.submit('actor', {}, { replyTo: null });
    await when(handle, 'running', ({ status }) => status === 'RUNNING');
    open();
    await handle.result();
    await until(async () => (await elsewhere.status()) === 'FINISHED', 'it has finished elsewhere');
    await expect(elsewhere.result()).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a connection that is cut', () => {
  it('between publish and result costs neither: the result waits in the queue of the client', async () => {
    const proxy = await startProxy(broker);
    const { user, password, vhost } = broker;
    const options = { host: `127.0.0.1:${proxy.port}`, user, passwd: password, vhost };
    const cut = await Client.connect(options);
    onTestFinished(() => cut.close());
    const handle = await cut.submit('actor', { do: 'wait', for: 'cut' });
    await until(() => pipeline.starts().some(({ id }) => id === handle.id), 'it runs', 30_000);
    proxy.cut();
    await until(() => !cut.stats.isConnected, 'the client has noticed');
    pipeline.open('cut');
    await until(
      async () => (await observer.depth(cut.stats.replyQueue)) === 1,
      'the result waits in its queue',
      30_000,
    );
    const later = cut.submit('actor', { n: 7 });
    proxy.mend();
    expect(await handle.result()).toMatchObject({ do: 'wait' });
    expect(await handle.status()).toBe('FINISHED');
    expect(await (await later).result()).toEqual({ n: 7 });
    expect(await observer.depth(cut.stats.replyQueue)).toBe(0);
  });
});

describe('a broker that is not there, or refuses,', () => {
  it('is said in one sentence, at once, and without the password', async () => {
    const { host, port, vhost } = broker;
    const attempts = [
      { host, port: 1, passwd: 's3cret' },
      { host, port, vhost, user: 'nobody', passwd: 's3cret' },
      { host, port, vhost: 'no/such', passwd: 'guest' },
    ];
    const errors = await Promise.all(attempts.map((one) => Client.connect(one).catch((err: Error) => err)));
    expect(errors.map((err) => (err as Error).message)).toEqual([
      expect.stringMatching(/no broker answers at 127\.0\.0\.1:1.*are host and port right\?/),
      expect.stringMatching(/refuses the login of user "nobody": check user and passwd/),
      expect.stringMatching(/has no vhost "no\/such"/),
    ]);
    for (const err of errors) expect(JSON.stringify([err, (err as Error).stack])).not.toContain('s3cret');
  });

  it('is waited for where that is wanted, until the time is over', async () => {
    const proxy = await startProxy(broker);
    proxy.cut();
    const { user, password: passwd, vhost } = broker;
    const options = { host: `127.0.0.1:${proxy.port}`, user, passwd, vhost, keepTrying: true };
    const patient = Client.connect({ ...options, connectTimeout: '20s' });
    await expect(Client.connect({ ...options, connectTimeout: 700 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.mend();
    await (await patient).close();
  });
});

describe('permissions', () => {
  const results = '^tq\\.client\\.';
  const login = (more: string) => ({ ...broker, user: `client-${more}`, password: 's3cret' });

  it('for its own queues and the default exchange are enough for results, not for events and cancels', async () => {
    if (broker.node === null) throw new Error('this test needs a broker of its own');
    const { host, port, user, password: passwd, vhost } = login('plain');
    await addUser(broker.node, login('plain'), {
      configure: results,
      write: `${results}|^amq\\.default$`,
      read: results,
    });
    const plain = await Client.connect({ host, port, user, passwd, vhost });
    onTestFinished(() => plain.close());
    const handle = await plain.submit('actor', { n: 8 });
    expect(plain.stats.eventsProblem).toMatch(/may not ask the daemons.*taskqueue\.control/);
    expect(await handle.result()).toEqual({ n: 8 });
    expect(await handle.status()).toBe('FINISHED');
    await expect(handle.cancel()).rejects.toMatchObject({ code: 'PERMISSION', message: /taskqueue\.control/ });
  });

  it('to write to the control exchange make the rest work', async () => {
    if (broker.node === null) throw new Error('this test needs a broker of its own');
    const { host, port, user, password: passwd, vhost } = login('full');
    const write = `${results}|^(amq\\.default|taskqueue\\.control)$`;
    await addUser(broker.node, login('full'), { configure: results, write, read: results });
    const full = await Client.connect({ host, port, user, passwd, vhost });
    onTestFinished(() => full.close());
    const { handle, open } = await waiting(full);
    await when(handle, 'running', ({ status }) => status === 'RUNNING');
    expect(full.stats.eventsProblem).toBeNull();
    expect(await handle.cancel()).toHaveLength(2);
    open();
    await handle.result().catch((err: unknown) => expect(err).toMatchObject({ status: 'CANCELLED' }));
  });

  it('for nothing but the default exchange are enough to send', async () => {
    if (broker.node === null) throw new Error('this test needs a broker of its own');
    const { host, port, user, password: passwd, vhost } = login('sender');
    await addUser(broker.node, login('sender'), { configure: '^$', write: '^amq\\.default$', read: '^$' });
    const sender = await Client.connect({ host, port, user, passwd, vhost });
    onTestFinished(() => sender.close());
    const { id } = await sender.submit('actor', {}, { replyTo: null });
    await until(() => pipeline.starts().some((start) => start.id === id), 'it has been worked on', 30_000);
    await expect(sender.submit('actor', {})).rejects.toMatchObject({ code: 'PERMISSION', message: /tq\.client\./ });
  });
});

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

  // The last of all: that pool ends with the test.
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
