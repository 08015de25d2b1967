// Logins that a broker refuses, and what is said about it; and users who may do little, and need no more.
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AmqpOptions, createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { sharedQueue, workerDeclarations } from '../../src/broker/topology.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { freePort } from '../support/free-port.ts';
import { evaluate, type RabbitmqNode } from '../support/rabbitmq/node.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { Inbox } from './inbox.ts';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

const vhost = await freshVhost();
/** Users are made in the node: where the broker of this run is not ours, one of our own. */
const own: Rabbitmq | null = vhost.node === null ? await startRabbitmq() : null;
const node = (own?.node ?? vhost.node) as RabbitmqNode;

/** Pauses pass fifty times as fast; deadlines as well, which are long enough for that. */
const hurried: Clock = { now: systemClock.now, after: (ms, task) => systemClock.after(ms / 50, task) };

const PASSWORD = 'p;w#1=50%:x/é@ü';
const VHOST = '/wfworker';
const login: AmqpOptions = {
  hosts: [{ host: '127.0.0.1', port: node.amqpPort }],
  user: 'contract+user',
  password: PASSWORD,
  vhost: VHOST,
  tls: null,
  heartbeatSeconds: 10,
};

const binary = (text: string): string => `<<${[...Buffer.from(text)].join(',')}>>`;

async function addUser(user: string, permissions: readonly [string, string, string] | null): Promise<void> {
  const backend = 'rabbit_auth_backend_internal';
  await evaluate(node, `${backend}:add_user(${binary(user)}, ${binary(PASSWORD)}, <<"test">>), ok`);
  if (permissions === null) return;
  const rights = permissions.map(binary).join(', ');
  await evaluate(node, `${backend}:set_permissions(${binary(user)}, ${binary(VHOST)}, ${rights}, <<"test">>), ok`);
}

beforeAll(async () => {
  await evaluate(node, `rabbit_vhost:add(${binary(VHOST)}, <<"test">>), ok`);
  await addUser('contract+user', ['.*', '.*', '.*']);
  await addUser('contract-nobody', null);
  await addUser('contract-modest', ['^$', '.*', '.*']);
}, 60_000);

afterAll(async () => {
  await Promise.all(brokers.map((one) => one.stop()));
  await evaluate(node, `rabbit_vhost:delete(${binary(VHOST)}, <<"test">>), ok`);
  for (const user of ['contract+user', 'contract-nobody', 'contract-modest']) {
    await evaluate(node, `rabbit_auth_backend_internal:delete_user(${binary(user)}, <<"test">>), ok`);
  }
  await own?.stop();
}, 60_000);

const brokers: Broker[] = [];

function brokerWith(amqp: Partial<AmqpOptions>): { broker: Broker; logger: RecordingLogger } {
  const logger = recordingLogger();
  const broker = createAmqpBroker({ amqp: { ...login, ...amqp }, name: 'login', clock: hurried, logger });
  brokers.push(broker);
  return { broker, logger };
}

/** Resolves after so many attempts to connect. */
function attempts(broker: Broker, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const ignore = broker.onStatus((status) => {
      if (status.state === 'waiting' && ++seen === count) {
        ignore();
        resolve();
      }
    });
  });
}

describe('a broker over RabbitMQ', () => {
  test('logs in with any password and any vhost', async () => {
    const { broker, logger } = brokerWith({});
    await broker.start();
    expect(broker.status).toEqual({ state: 'connected', host: `127.0.0.1:${node.amqpPort}`, problem: null });
    expect(logger.lines).toEqual([`info: connected to the broker at 127.0.0.1:${node.amqpPort}`]);
    await broker.stop();
  });

  test('is listed by its name', async () => {
    const { broker } = brokerWith({});
    await broker.start();
    const all = await evaluate(node, 'rabbit_networking:connection_info_all([client_properties])');
    for (const name of ['login (publishing)', 'login (consuming)']) {
      expect(all).toContain(`#Bin<${[...Buffer.from(name)].join(',')}>`);
    }
    await broker.stop();
  });

  test.each<[string, () => Promise<Partial<AmqpOptions>>, RegExp]>([
    ['a wrong password', async () => ({ password: 'wrong' }), /refuses the login of user "contract\+user": check/],
    ['an unknown user', async () => ({ user: 'nosuch' }), /refuses the login of user "nosuch"/],
    ['a missing vhost', async () => ({ vhost: '/nosuch' }), /has no vhost "\/nosuch".*rabbitmqctl add_vhost/],
    ['missing permission', async () => ({ user: 'contract-nobody' }), /no permissions on vhost.*set_permissions -p/],
    [
      'a host that does not listen',
      async () => ({ hosts: [{ host: '127.0.0.1', port: await freePort() }] }),
      /no broker answers at 127.0.0.1:\d+ \(connection refused\)/,
    ],
    [
      'a host that nobody knows',
      async () => ({ hosts: [{ host: 'no-such-host.invalid', port: 5672 }] }),
      /name of no-such-host.invalid:5672 cannot be resolved/,
    ],
    [
      'TLS where the broker speaks none',
      async () => ({ tls: { ca: null, cert: null, key: null } }),
      /does not speak TLS|hangs up before we are connected/,
    ],
    [
      'a certificate file that is missing',
      async () => ({ tls: { ca: '/no/such/ca.pem', cert: null, key: null } }),
      /cannot read ca of \[amqp\], \/no\/such\/ca.pem/,
    ],
  ])('says %s in one line, shows it, and goes on trying', async (_, flaw, sentence) => {
    const { broker, logger } = brokerWith(await flaw());
    const many = attempts(broker, 4);
    await broker.start();
    await many;
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatch(sentence);
    expect(logger.lines[0]).toMatch(/^warn: [^\n]*$/);
    expect(logger.lines[0]).not.toContain(PASSWORD);
    expect(broker.status.problem).toMatch(sentence);
    expect(await broker.publish(outgoing('any'))).toEqual({ kind: 'unknown', reason: expect.stringMatching(sentence) });
    await expect(broker.untilConnected(AbortSignal.abort())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(sentence),
    });
    await broker.stop();
    expect(broker.status.state).toBe('stopped');
  });

  test('connects by itself once what was missing is there', async () => {
    const { broker, logger } = brokerWith({ user: 'contract-late' });
    await broker.start();
    expect(broker.status.state).toBe('waiting');
    await addUser('contract-late', ['.*', '.*', '.*']);
    await broker.untilConnected(AbortSignal.timeout(15_000));
    expect(logger.lines[0]).toMatch(/^warn: .*refuses the login of user "contract-late"/);
    expect(logger.lines.at(-1)).toMatch(/^info: connected/);
    expect(new Set(logger.lines).size).toBe(logger.lines.length);
    await evaluate(node, `rabbit_auth_backend_internal:delete_user(<<"contract-late">>, <<"test">>), ok`);
    await broker.stop();
  });

  test('can be stopped while a host does not answer', async () => {
    // Addresses of TEST-NET-1: nobody answers, not even with a refusal (or the network says so at once).
    const { broker } = brokerWith({ hosts: [{ host: '192.0.2.1', port: 5672 }] });
    const starting = broker.start();
    await broker.stop();
    await starting;
    expect(broker.status.state).toBe('stopped');
  });
});

describe('a user who may configure nothing', () => {
  let admin: Broker;
  let modest: Broker;
  let logger: RecordingLogger;

  beforeAll(async () => {
    admin = brokerWith({}).broker;
    await admin.start();
    const one = brokerWith({ user: 'contract-modest' });
    [modest, logger] = [one.broker, one.logger];
    await modest.start();
  });

  test('declares what is there already', async () => {
    await admin.declare(sharedQueue('modest', null));
    expect(await modest.declare(sharedQueue('modest', null))).toEqual({ kind: 'declared' });
  });

  test('is refused what is not there, in the words of the broker', async () => {
    const outcome = await modest.declare(sharedQueue('modest_missing', null));
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringContaining('ACCESS_REFUSED') });
  });

  test('consumes once somebody else has made the queue, and said once that it could not', async () => {
    const inbox = new Inbox();
    const consumer = modest.consume({
      queue: 'worker_modest',
      declarations: workerDeclarations('modest', null),
      prefetch: 1,
      onDelivery: (delivery) => inbox.put(delivery),
    });
    while (logger.lines.length < 2) await pause(5);
    expect(logger.lines[1]).toMatch(/^warn: cannot consume.*ACCESS_REFUSED/);
    while (!logger.details.some((line) => line.startsWith('cannot consume'))) await pause(5); // it has tried again
    expect(logger.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await admin.declare({ ...sharedQueue('worker_modest', null), exchanges: SOURCES });
    await admin.publish(outgoing('worker_modest'));
    await inbox.take(1);
    await consumer.stop();
  });

  test('publishes all the same', async () => {
    await admin.declare(sharedQueue('modest', null));
    expect(await modest.publish(outgoing('modest'))).toEqual({ kind: 'confirmed' });
  });
});

test('what a user may not write is refused, and does not disturb what it may', async () => {
  await addUser('contract-reader', ['^$', '^amq\\.default$', '^readable$']);
  const { broker } = brokerWith({ user: 'contract-reader' });
  const admin = brokerWith({}).broker;
  await Promise.all([broker.start(), admin.start()]);
  await admin.declare({ ...sharedQueue('readable', null), exchanges: [{ ...SOURCES[0], exchange: 'private' }] });
  const [fine, forbidden] = await Promise.all([
    broker.publish(outgoing('readable')),
    broker.publish({ ...outgoing('readable'), exchange: 'private' }),
  ]);
  expect(fine).toEqual({ kind: 'confirmed' });
  expect(forbidden).toEqual({ kind: 'refused', reason: expect.stringContaining('ACCESS_REFUSED') });
  await evaluate(node, `rabbit_auth_backend_internal:delete_user(<<"contract-reader">>, <<"test">>), ok`);
});

test('a client with nothing of ours sees what was published', async () => {
  const { broker } = brokerWith({});
  await broker.start();
  await broker.declare(sharedQueue('seen', null));
  await broker.publish(outgoing('seen'));
  const credentials = { username: login.user, password: PASSWORD };
  const address = { hostname: '127.0.0.1', port: node.amqpPort, vhost: encodeURIComponent(VHOST) };
  const client = await connect({ ...address, ...credentials });
  const channel = await client.createChannel();
  const message = await channel.get('seen', { noAck: true });
  expect(message ? message.content.toString() : null).toBe('x');
  await client.close();
});

/** What a worker queue is bound to. */
const SOURCES = [
  { exchange: 'taskqueue.delay.deliver', type: 'topic', arguments: {} },
  { exchange: 'taskqueue.lease', type: 'direct', arguments: {} },
] as const;

function outgoing(routingKey: string) {
  return { exchange: '', routingKey, mandatory: true, properties: {}, headers: {}, body: Buffer.from('x') };
}
