// What other senders may put into a message: nothing of it may end a connection of ours, or stay in the way.
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker } from '../../src/broker/broker.ts';
import { NOTHING } from '../../src/broker/declarations.ts';
import { sharedQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { freshVhost } from '../support/rabbitmq/vhost.ts';
import { long, publishRaw, short } from '../support/raw-amqp.ts';
import { Inbox } from './inbox.ts';
import { recordingLogger } from './recording-logger.ts';

const vhost = await freshVhost();
const logger = recordingLogger();
const QUEUE = 'contract_hostile';
let broker: Broker;
let inbox: Inbox;

beforeAll(async () => {
  const { host, port, user, password } = vhost;
  const amqp = { hosts: [{ host, port }], user, password, vhost: vhost.vhost, tls: null, heartbeatSeconds: 10 };
  broker = createAmqpBroker({ amqp, name: 'hostile', clock: systemClock, logger });
  await broker.start();
  await broker.declare(sharedQueue(QUEUE, null));
  inbox = new Inbox();
  broker.consume({ queue: QUEUE, declarations: NOTHING, prefetch: 10, onDelivery: (delivery) => inbox.put(delivery) });
});

afterAll(() => broker.stop());

const field = (name: string, tag: string, ...value: number[]): Buffer =>
  Buffer.concat([short(name), Buffer.from(tag), Buffer.from(value)]);

/** One within the other; each level is a tag and a length, for tables (6 bytes) with an empty name before them. */
function nested(tag: string, depth: number, bytesEach: number): Buffer {
  const bytes = Buffer.alloc(depth * bytesEach);
  for (let end = bytesEach; end <= bytes.length; end += bytesEach) {
    bytes.write(tag, end - 5, 'latin1');
    bytes.writeUInt32BE(bytes.length - end, end - 4);
  }
  return bytes;
}

describe('a consumer over RabbitMQ', () => {
  test('receives header values of every type that RabbitMQ knows', async () => {
    const fields = [
      field('t', 't', 1),
      field('b', 'b', 0xff),
      field('B', 'B', 0xff),
      field('s', 's', 0xff, 0xfe),
      field('u', 'u', 0xff, 0xfe),
      field('I', 'I', 0xff, 0xff, 0xff, 0xfd),
      field('i', 'i', 0xff, 0xff, 0xff, 0xfd),
      field('l', 'l', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc),
      field('f', 'f', 0x3f, 0xc0, 0, 0),
      field('d', 'd', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0),
      field('D', 'D', 2, 0, 0, 1, 0),
      field('T', 'T', 0, 0, 0, 0, 0, 0, 1, 0),
      field('V', 'V'),
      Buffer.concat([field('S', 'S'), long(Buffer.from([0xe4]))]),
      Buffer.concat([field('x', 'x'), long(Buffer.from([0xe4]))]),
      Buffer.concat([field('A', 'A'), long(Buffer.from('t\x00V', 'latin1'))]),
      Buffer.concat([field('F', 'F'), long(field('in', 't', 0))]),
    ];
    await publishRaw(vhost, QUEUE, Buffer.concat(fields), Buffer.from('all'));
    const [delivery] = await inbox.take(1);
    expect(delivery?.message.headers).toEqual({
      t: true,
      b: -1,
      B: 255,
      s: -2,
      u: 65_534,
      I: -3,
      i: 4_294_967_293,
      l: -4,
      f: 1.5,
      d: 1.5,
      D: { '!': 'decimal', value: { places: 2, digits: 256 } },
      T: { '!': 'timestamp', value: 256 },
      V: null,
      S: '\ufffd',
      x: Buffer.from([0xe4]),
      A: [false, null],
      F: { in: false },
    });
    expect(delivery?.ack()).toBe(true);
  });

  test('receives a table under the header __proto__ as nothing, not as a prototype', async () => {
    const table = Buffer.concat([field('__proto__', 'F'), long(field('polluted', 't', 1))]);
    await publishRaw(vhost, QUEUE, Buffer.concat([table, field('after', 't', 1)]), Buffer.from('proto'));
    const [delivery] = await inbox.take(1);
    expect(delivery?.message.headers).toStrictEqual({ after: true });
    expect(delivery?.ack()).toBe(true);
  });

  test.each([
    ['lists', 'A', 25_000, 5],
    ['tables', 'F', 20_000, 6],
    ['lists that amqplib can just decode', 'A', 2_000, 5],
  ])('survives headers of nested %s, which can be settled but not sent on', async (_, tag, depth, overhead) => {
    const deepField = Buffer.concat([field('deep', tag), long(nested(tag, depth, overhead))]);
    await publishRaw(vhost, QUEUE, deepField, Buffer.from('deep'));
    await broker.publish({ ...plain, body: Buffer.from('next') });
    const [deep, next] = await inbox.take(2);
    expect(deep?.message.body.toString()).toBe('deep');
    expect(deep?.redelivered).toBe(false);
    const again = await broker.publish({ ...plain, headers: deep?.message.headers ?? {} });
    expect(again.kind).toBe('unwritable');
    expect(() => JSON.stringify(deep?.message.headers)).not.toThrow();
    expect(deep?.ack()).toBe(true);
    expect(next?.message.body.toString()).toBe('next');
    expect(next?.ack()).toBe(true);
  });

  test('receives 100 KiB of headers, which it cannot send on', async () => {
    const big = Buffer.concat([field('big', 'S'), long(Buffer.alloc(100 * 1024, 'x'))]);
    await publishRaw(vhost, QUEUE, big, Buffer.from('big'));
    const [delivery] = await inbox.take(1);
    expect(delivery?.message.headers.big).toHaveLength(100 * 1024);
    expect(delivery?.message.properties.contentType).toBe('text/plain');
    const again = await broker.publish({ ...plain, headers: delivery?.message.headers ?? {} });
    expect(again.kind).toBe('unwritable');
    expect(delivery?.ack()).toBe(true);
  });

  test('refuses a user id that is not its own without harm to the neighbours in flight', async () => {
    const outcomes = await Promise.all([
      broker.publish(plain),
      broker.publish({ ...plain, properties: { userId: 'somebody-else' } }),
      broker.publish(plain),
      broker.publish({ ...plain, properties: { expiration: 'soon' } }),
    ]);
    expect(outcomes.map((one) => one.kind)).toEqual(['confirmed', 'refused', 'confirmed', 'refused']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('user_id') });
    expect(outcomes[3]).toMatchObject({ reason: expect.stringContaining('expiration') });
  });

  test('what has been refused once costs no neighbour anything when it is tried again', async () => {
    const queue = 'contract_neighbours';
    await broker.declare(sharedQueue(queue, null));
    const guilty = { ...plain, properties: { expiration: 'soon' } };
    const innocents = Array.from({ length: 50 }, () => ({ ...plain, routingKey: queue }));
    expect(await broker.publish(guilty)).toMatchObject({ kind: 'refused' });
    const outcomes = await Promise.all([...innocents, guilty].map((one) => broker.publish(one)));
    expect(outcomes.map(({ kind }) => kind)).toEqual([...innocents.map(() => 'confirmed'), 'refused']);
    expect((await broker.queueInfo(queue))?.messages).toBe(innocents.length);
  });

  test('does not send infinity, for which the broker would end the connection', async () => {
    const outcome = await broker.publish({ ...plain, headers: { n: Infinity } });
    expect(outcome).toMatchObject({ kind: 'unwritable', reason: expect.stringContaining('the number Infinity') });
  });

  test('did all that over one and the same connection', async () => {
    const connected = logger.lines.filter((line) => line.includes('connected to the broker'));
    expect(connected).toHaveLength(1);
    expect(logger.lines.filter((line) => line.includes('connection'))).toEqual([]);
  });
});

const plain = { exchange: '', routingKey: QUEUE, mandatory: true, properties: {}, headers: {}, body: Buffer.from('x') };

test('amqplib itself still gives up on such headers: else frame-guard.ts can go', async () => {
  const client = await connect(vhost.url);
  const ended = new Promise<string>((resolve) => client.on('error', (err) => resolve(err.message)));
  const channel = await client.createChannel();
  await channel.assertQueue('contract_poison', { durable: true });
  await channel.consume('contract_poison', () => undefined);
  const deepField = Buffer.concat([field('deep', 'A'), long(nested('A', 20_000, 5))]);
  await publishRaw(vhost, 'contract_poison', deepField, Buffer.from('deep'));
  expect(await ended).toContain('stack');
});
