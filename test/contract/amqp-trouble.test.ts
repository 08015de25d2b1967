// What a connection suffers while it is at work: swallowed, locked out, a queue that confirms nothing. After each, it goes on
// without a restart.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type AmqpOptions, createAmqpBroker } from '../../src/broker/amqp/broker.ts';
import type { Broker, Delivery } from '../../src/broker/broker.ts';
import { together } from '../../src/broker/declarations.ts';
import { sharedQueue } from '../../src/broker/topology.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Patience } from '../../src/core/patience.ts';
import { manualClock } from '../support/manual-clock.ts';
import { startProxy } from '../support/proxy.ts';
import { type Rabbitmq, startRabbitmq } from '../support/rabbitmq/rabbitmq.ts';
import { until } from '../support/until.ts';
import { outgoing } from './bench.ts';
import { Inbox } from './inbox.ts';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

const PATIENCE = { timeout: 60_000 };
let rabbitmq: Rabbitmq;

beforeAll(async () => {
  rabbitmq = await startRabbitmq();
}, 90_000);
afterAll(() => rabbitmq?.stop(), 60_000);

interface OpenBroker {
  readonly broker: Broker;
  readonly logger: RecordingLogger;
}

async function openBroker(more: Partial<AmqpOptions> = {}, clock = systemClock): Promise<OpenBroker> {
  const logger = recordingLogger();
  const hosts = [{ host: '127.0.0.1', port: rabbitmq.amqpPort }];
  const login = { user: 'guest', password: 'guest', vhost: '/', tls: null, heartbeatSeconds: 1 };
  const broker = createAmqpBroker({ amqp: { hosts, ...login, ...more }, name: 'trouble', clock, logger });
  onTestFinished(() => broker.stop());
  await broker.start();
  return { broker, logger };
}

function consume(broker: Broker, queue: string, prefetch = 10) {
  const inbox = new Inbox();
  const onDelivery = (delivery: Delivery): void => inbox.put(delivery);
  const consumer = broker.consume({ queue, declarations: sharedQueue(queue, null), prefetch, onDelivery });
  return { consumer, inbox };
}

const isConnected = (broker: Broker) => (): boolean => broker.status.state === 'connected';

test('a connection whose packets are swallowed is left, and another one goes on', PATIENCE, async () => {
  const proxy = await startProxy({ host: '127.0.0.1', port: rabbitmq.amqpPort });
  const { broker, logger } = await openBroker({ hosts: [{ host: '127.0.0.1', port: proxy.port }] });
  const { inbox } = consume(broker, 'swallowed');
  const { broker: sender } = await openBroker();
  await until(async () => ((await sender.queueInfo('swallowed'))?.consumers ?? 0) > 0, 'it consumes');
  await sender.publish(outgoing('swallowed', 'held'));
  const [held] = await inbox.take(1);
  proxy.swallow();
  const publishing = broker.publish(outgoing('swallowed', 'into the void'));
  expect(await publishing).toMatchObject({ kind: 'unknown' });
  await until(() => logger.lines.some((line) => line.includes('was lost')), 'it is lost', 30_000);
  await until(isConnected(broker), 'it is connected again', 30_000);
  expect([held?.isOpen, held?.ack()]).toEqual([false, false]);
  const [again] = await inbox.take(1);
  expect([again?.message.body.toString(), again?.redelivered, again?.ack()]).toEqual(['held', true, true]);
  expect(await broker.publish(outgoing('swallowed', 'after'))).toEqual({ kind: 'confirmed' });
  expect((await inbox.take(1))[0]?.message.body.toString()).toBe('after');
  expect(logger.lines.filter((line) => line.includes('was lost'))).toHaveLength(1);
});

test('a password that is changed, and changed back, locks it out and lets it in again', PATIENCE, async () => {
  await rabbitmq.rabbitmqctl('add_user', 'moody', 'right');
  await rabbitmq.rabbitmqctl('set_permissions', 'moody', '.*', '.*', '.*');
  const { broker, logger } = await openBroker({ user: 'moody', password: 'right' });
  const { consumer, inbox } = consume(broker, 'moody');
  await until(() => consumer.isConsuming, 'it consumes');
  await rabbitmq.rabbitmqctl('change_password', 'moody', 'wrong');
  await rabbitmq.rabbitmqctl('close_all_connections', 'maintenance');
  await until(() => broker.status.problem?.includes('refuses the login of user "moody"'), 'it says why', 30_000);
  await rabbitmq.rabbitmqctl('change_password', 'moody', 'right');
  await until(() => consumer.isConsuming, 'it consumes again', 45_000);
  expect(await broker.publish(outgoing('moody', 'after'))).toEqual({ kind: 'confirmed' });
  expect((await inbox.take(1))[0]?.message.body.toString()).toBe('after');
  expect(logger.lines.filter((line) => line.includes('refuses the login'))).not.toEqual([]);
  expect(logger.lines.filter((line) => /^warn.*refuses the login/.test(line))).toHaveLength(1);
});

test('why a consumer cannot consume is told, until it can', PATIENCE, async () => {
  await rabbitmq.rabbitmqctl('add_user', 'reader', 'reader');
  await rabbitmq.rabbitmqctl('set_permissions', 'reader', '', '', '.*');
  const { broker } = await openBroker({ user: 'reader', password: 'reader' });
  const { consumer } = consume(broker, 'not-mine');
  await until(() => consumer.problem !== null, 'it says why');
  expect(consumer.problem).toContain('ACCESS_REFUSED');
  const { broker: other } = await openBroker();
  await other.declare(sharedQueue('not-mine', null));
  await until(() => consumer.isConsuming, 'it consumes', 45_000);
  expect(consumer.problem).toBeNull();
});

/** A queue that takes messages and does nothing with them, as one without its majority. */
async function suspend(queue: string, how: 'suspend' | 'resume'): Promise<void> {
  const name = `rabbit_misc:r(<<"/">>, queue, <<"${queue}">>)`;
  await rabbitmq.evaluate(`{ok, Q} = rabbit_amqqueue:lookup(${name}), ok = sys:${how}(amqqueue:get_pid(Q)), ok`);
}

test('publishes to a queue that never confirms can be given up, and take no place then', PATIENCE, async () => {
  const { broker } = await openBroker();
  for (const queue of ['stuck', 'fine']) await broker.declare(sharedQueue(queue, 'classic'));
  await suspend('stuck', 'suspend');
  onTestFinished(() => suspend('stuck', 'resume'));
  const patience = new Patience();
  const stuck = Array.from({ length: 1_000 }, () => broker.publish(outgoing('stuck', 'x'), patience));
  const waiting = broker.publish(outgoing('fine', 'behind a full window'));
  patience.end();
  expect(new Set((await Promise.all(stuck)).map(({ kind }) => kind))).toEqual(new Set(['unknown']));
  expect(await waiting).toEqual({ kind: 'confirmed' });
});

test('one that is never confirmed holds up nothing of what was in flight beside it when their channel was closed', async () => {
  const { broker } = await openBroker();
  for (const queue of ['stuck-suspect', 'innocent']) await broker.declare(sharedQueue(queue, 'classic'));
  await suspend('stuck-suspect', 'suspend');
  onTestFinished(() => suspend('stuck-suspect', 'resume'));
  const patience = new Patience();
  const given = broker.publish(outgoing('stuck-suspect', 'given up later'), patience);
  const stuck = broker.publish(outgoing('stuck-suspect', 'x'));
  const others = [1, 2, 3].map((n) => broker.publish(outgoing('innocent', `${n}`)));
  const guilty = broker.publish({ ...outgoing('innocent', 'x'), properties: { userId: 'somebody-else' } });
  expect(await guilty).toMatchObject({ kind: 'refused' });
  expect(await Promise.all(others)).toEqual(others.map(() => ({ kind: 'confirmed' })));
  patience.end();
  expect(await given).toMatchObject({ kind: 'unknown' });
  await suspend('stuck-suspect', 'resume');
  expect(await stuck).toEqual({ kind: 'confirmed' });
});

test('a consumer of a queue that answers nothing can be stopped, and gets nothing more', PATIENCE, async () => {
  const { broker } = await openBroker();
  const { consumer, inbox } = consume(broker, 'stuck-stop', 2);
  await until(() => consumer.isConsuming, 'it consumes');
  await broker.publish(outgoing('stuck-stop', 'held'));
  const [held] = await inbox.take(1);
  await suspend('stuck-stop', 'suspend');
  onTestFinished(() => suspend('stuck-stop', 'resume'));
  const late = broker.publish(outgoing('stuck-stop', 'late'));
  await consumer.stop();
  expect(consumer.isConsuming).toBe(false);
  await suspend('stuck-stop', 'resume');
  expect(await late).toEqual({ kind: 'confirmed' });
  const { broker: other } = await openBroker();
  const { inbox: others } = consume(other, 'stuck-stop', 2);
  expect((await others.take(1))[0]?.message.body.toString()).toBe('late');
  expect([held?.isOpen, held?.ack()]).toEqual([true, true]);
});

test(
  'whoever declares or asks learns which queue answers nothing; when it does again, so do they',
  PATIENCE,
  async () => {
    const clock = manualClock();
    const { broker } = await openBroker({}, clock);
    const both = together(sharedQueue('alive', 'classic'), sharedQueue('hung', 'classic'));
    expect(await broker.declare(both)).toEqual({ kind: 'declared' });
    await suspend('hung', 'suspend');
    onTestFinished(() => suspend('hung', 'resume'));
    const asked = Promise.all([broker.declare(both), broker.queueInfo('hung').catch(({ code }) => code)]);
    expect(await broker.queueInfo('alive')).toEqual({ messages: 0, consumers: 0 });
    await clock.advance(20_000);
    const reason = 'the broker gave no answer within 20 seconds about queue hung';
    expect(await asked).toEqual([{ kind: 'unknown', reason }, 'UNAVAILABLE']);
    await suspend('hung', 'resume');
    expect(await broker.declare(both)).toEqual({ kind: 'declared' });
    expect(await broker.queueInfo('hung')).toEqual({ messages: 0, consumers: 0 });
  },
);

test('what is acknowledged behind an older delivery is made known when that matters, not before', async () => {
  const clock = manualClock(); // stands still: nothing goes out because it has waited long enough
  const { broker } = await openBroker({}, clock);
  const { inbox } = consume(broker, 'withheld', 2);
  await until(async () => (await broker.queueInfo('withheld')) !== undefined, 'the queue is there');
  for (const body of ['1', '2', '3']) await broker.publish(outgoing('withheld', body));
  const [one, two] = await inbox.take(2);
  expect(two?.ack()).toBe(true);
  await broker.settled();
  const [three] = await inbox.take(1); // the broker has room for it again
  expect(three?.message.body.toString()).toBe('3');
  expect([one?.ack(), three?.ack()]).toEqual([true, true]);
});
