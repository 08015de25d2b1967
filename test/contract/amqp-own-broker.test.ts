// What takes a broker of one's own: to restart, kill, suspend and block it, and to speak TLS with it.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AmqpOptions, createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker, ConsumeOptions, Delivery } from '../../src/broker/broker.ts';
import { sharedQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { freePort } from '../support/free-port.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { Inbox } from './inbox.ts';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

const PATIENCE = { timeout: 60_000 };
let rabbitmq: Rabbitmq;
let tlsPort: number;
let certificates: Certificates;
const brokers: Broker[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
  tlsPort = await freePort();
  rabbitmq = await startRabbitmq({
    config: [
      `listeners.ssl.default = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${certificates.ca}`,
      `ssl_options.certfile = ${certificates.server.cert}`,
      `ssl_options.keyfile = ${certificates.server.key}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    ],
  });
}, 90_000);

afterAll(async () => {
  await Promise.all(brokers.map((one) => one.stop()));
  await rabbitmq?.stop();
}, 60_000);

function brokerWith(amqp: Partial<AmqpOptions> = {}): { broker: Broker; logger: RecordingLogger } {
  const logger = recordingLogger();
  const local = {
    hosts: [{ host: '127.0.0.1', port: rabbitmq.amqpPort }],
    user: 'guest',
    password: 'guest',
    vhost: '/',
  };
  const broker = createAmqpBroker({
    amqp: { ...local, tls: null, heartbeatSeconds: 2, ...amqp },
    name: 'own',
    clock: systemClock,
    logger,
  });
  brokers.push(broker);
  return { broker, logger };
}

function consume(broker: Broker, queue: string): { inbox: Inbox } & ReturnType<Broker['consume']> {
  const inbox = new Inbox();
  const onDelivery = (delivery: Delivery): void => inbox.put(delivery);
  const options: ConsumeOptions = { queue, declarations: sharedQueue(queue, null), prefetch: 10, onDelivery };
  return Object.assign(broker.consume(options), { inbox });
}

/** Resolves once `state` has been seen, now or later. */
function untilState(broker: Broker, state: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (broker.status.state !== state) return;
      ignore();
      resolve();
    };
    const ignore = broker.onStatus(look);
    setImmediate(look);
  });
}

const connected = (broker: Broker): Promise<void> => broker.untilConnected(AbortSignal.timeout(50_000));

/** Until it is confirmed: what was unknown may be there twice. */
async function publishSurely(broker: Broker, queue: string, body: string): Promise<void> {
  while ((await broker.publish(outgoing(queue, body))).kind !== 'confirmed') await pause(20);
}

function outgoing(routingKey: string, body: string) {
  const properties = { deliveryMode: 2 };
  return { exchange: '', routingKey, mandatory: true, properties, headers: {}, body: Buffer.from(body) };
}

describe('when the broker restarts', PATIENCE, () => {
  test('consumers go on by themselves, and what was lent before is not open any more', async () => {
    const { broker, logger } = brokerWith();
    const consumer = consume(broker, 'restart'); // before there is any connection
    await broker.start();
    await publishSurely(broker, 'restart', 'before');
    const [before] = await consumer.inbox.take(1);

    await rabbitmq.shutDown();
    await untilState(broker, 'waiting');
    expect(before?.isOpen).toBe(false);
    expect([before?.ack(), before?.requeue()]).toEqual([false, false]);
    expect(consumer.isConsuming).toBe(false);
    expect(await broker.publish(outgoing('restart', 'lost'))).toMatchObject({ kind: 'unknown' });
    await rabbitmq.start();
    await connected(broker);

    const [again] = await consumer.inbox.take(1);
    expect(again?.message.body.toString()).toBe('before');
    expect(again?.redelivered).toBe(true);
    expect(again?.ack()).toBe(true);
    await publishSurely(broker, 'restart', 'after');
    const [after] = await consumer.inbox.take(1);
    expect(after?.message.body.toString()).toBe('after');
    await broker.stop();
    const kinds = logger.lines.map((line) => line.replace(/127\S+/, 'HOST').slice(0, 60));
    expect(kinds.filter((line) => line.startsWith('info: connected to the broker'))).toHaveLength(2);
    expect(kinds.filter((line) => line.includes('was lost'))).toHaveLength(1);
    expect(kinds.filter((line) => line.startsWith('warn: no broker answers'))).toHaveLength(1);
    expect(kinds).toHaveLength(4);
  });

  test('with a kill -9 amid many publishes, what was confirmed is there, and the others are known as unknown', async () => {
    const { broker } = brokerWith();
    await broker.start();
    await broker.declare(sharedQueue('crash', null));
    await rabbitmq.evaluate('mnesia:sync_log()'); // else the very queue is forgotten
    const outcomes = new Map<string, string>();
    let number = 0;
    const publishing = Array.from({ length: 50 }, async () => {
      for (let kind = 'confirmed'; kind === 'confirmed'; ) {
        const body = `${++number}`;
        kind = (await broker.publish(outgoing('crash', body))).kind;
        outcomes.set(body, kind);
      }
    });
    while (outcomes.size < 500) await pause(1);
    await rabbitmq.kill();
    await Promise.all(publishing);
    await rabbitmq.start();
    const consumer = consume(broker, 'crash');
    await connected(broker);
    await publishSurely(broker, 'crash', 'last');
    const there = new Set<string>();
    while (!there.has('last')) {
      const [one] = await consumer.inbox.take(1);
      there.add(one?.message.body.toString() ?? '');
      one?.ack();
    }
    const kinds = new Set(outcomes.values());
    expect([...kinds].toSorted()).toEqual(['confirmed', 'unknown']);
    const missing = [...outcomes].filter(([body, kind]) => kind === 'confirmed' && !there.has(body));
    expect(missing).toEqual([]);
    await broker.stop();
  });

  test('a host that hangs is noticed by its missing heartbeats, and left for the next', async () => {
    const second = await startRabbitmq();
    try {
      const hosts = [
        { host: '127.0.0.1', port: rabbitmq.amqpPort },
        { host: '127.0.0.1', port: second.amqpPort },
      ];
      const { broker } = brokerWith({ hosts });
      await broker.start();
      expect(broker.status.host).toBe(`127.0.0.1:${rabbitmq.amqpPort}`);
      rabbitmq.suspend();
      await untilState(broker, 'waiting');
      await connected(broker);
      expect(broker.status.host).toBe(`127.0.0.1:${second.amqpPort}`);
      await broker.stop();
    } finally {
      rabbitmq.resume();
      await second.stop();
    }
  });

  test('a broker that hangs does not keep us from stopping', async () => {
    const { broker } = brokerWith({ heartbeatSeconds: 60 });
    consume(broker, 'hangs');
    await broker.start();
    rabbitmq.suspend();
    try {
      const outcome = broker.publish(outgoing('hangs', 'x'));
      await broker.stop();
      expect(await outcome).toMatchObject({ kind: 'unknown' });
    } finally {
      rabbitmq.resume();
    }
  });
});

test('the first host that answers is taken', PATIENCE, async () => {
  const dead = { host: '127.0.0.1', port: await freePort() };
  const { broker, logger } = brokerWith({ hosts: [dead, { host: 'localhost', port: rabbitmq.amqpPort }] });
  await broker.start();
  expect(broker.status).toMatchObject({ state: 'connected', host: `localhost:${rabbitmq.amqpPort}` });
  expect(logger.lines).toEqual([
    expect.stringMatching(`^warn: no broker answers at 127.0.0.1:${dead.port}`),
    `info: connected to the broker at localhost:${rabbitmq.amqpPort}`,
  ]);
  await broker.stop();
});

test('a broker that is short of memory is shown as blocked; consuming and settling go on', PATIENCE, async () => {
  const { broker, logger } = brokerWith();
  const consumer = consume(broker, 'blocked');
  await broker.start();
  for (const body of ['1', '2']) await publishSurely(broker, 'blocked', body);
  const [one, two] = await consumer.inbox.take(2);

  const before = await rabbitmq.evaluate('vm_memory_monitor:get_vm_memory_high_watermark()');
  await rabbitmq.evaluate('vm_memory_monitor:set_vm_memory_high_watermark(0.0000001)');
  const waiting = Array.from({ length: 3_000 }, (_, n) => broker.publish(outgoing('blocked', `waits ${n}`)));
  await untilState(broker, 'blocked');
  expect(broker.status.problem).toContain('memory');
  await broker.untilConnected(AbortSignal.timeout(1_000)); // blocked is connected
  expect(two?.requeue()).toBe(true);
  const [again] = await consumer.inbox.take(1);
  expect(again?.message.body.toString()).toBe('2');
  expect([one?.ack(), again?.ack()]).toEqual([true, true]);

  await rabbitmq.evaluate(`vm_memory_monitor:set_vm_memory_high_watermark(${before})`);
  await untilState(broker, 'connected');
  const outcomes = await Promise.all(waiting);
  expect(outcomes.every(({ kind }) => kind === 'confirmed')).toBe(true);
  expect(broker.status.problem).toBeNull();
  expect(logger.lines.slice(1)).toEqual([
    expect.stringMatching(/^warn: the broker at \S+ takes no messages now: .*memory/),
    expect.stringMatching(/^info: the broker at \S+ takes messages again/),
  ]);
  await broker.stop();
});

describe('over TLS', PATIENCE, () => {
  const tls = (files: { ca?: string; cert?: string; key?: string }): Partial<AmqpOptions> => ({
    hosts: [{ host: 'localhost', port: tlsPort }],
    tls: { ca: null, cert: null, key: null, ...files },
  });

  test('it publishes and consumes, with the certificates of the configuration', async () => {
    const { broker } = brokerWith(tls({ ca: certificates.ca, ...certificates.client }));
    await broker.start();
    expect(broker.status).toMatchObject({ state: 'connected', host: `localhost:${tlsPort}` });
    const consumer = consume(broker, 'tls');
    await connected(broker);
    await publishSurely(broker, 'tls', 'secret');
    expect((await consumer.inbox.take(1))[0]?.message.body.toString()).toBe('secret');
    await broker.stop();
  });

  test('a missing vhost is named there as well', async () => {
    const { broker } = brokerWith({ ...tls({ ca: certificates.ca, ...certificates.client }), vhost: 'nosuch' });
    await broker.start();
    expect(broker.status.problem).toMatch(/has no vhost "nosuch"/);
    await broker.stop();
  });

  test.each<[string, () => Partial<AmqpOptions>, RegExp]>([
    [
      'signed by somebody unknown',
      () => tls({ ...certificates.client }),
      /certificate of localhost:\d+ cannot be trusted .*ca in \[amqp\]/,
    ],
    [
      'made for another name',
      () => ({
        ...tls({ ca: certificates.ca, ...certificates.client }),
        hosts: [{ host: '127.0.0.1', port: tlsPort }],
      }),
      /certificate of 127.0.0.1:\d+ is for another name/,
    ],
    [
      'asking for one of ours, which we have not',
      () => tls({ ca: certificates.ca }),
      /does it ask for a client certificate|CERTIFICATE_REQUIRED|certificate required/,
    ],
  ])('a certificate %s is a problem that is said once', async (_, options, sentence) => {
    const { broker, logger } = brokerWith(options());
    await broker.start();
    expect(broker.status.problem).toMatch(sentence);
    expect(logger.lines).toEqual([expect.stringMatching(sentence)]);
    await broker.stop();
  });
});
