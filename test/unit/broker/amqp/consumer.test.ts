// A consumer whose broker does not answer, over a connection that lives on.
import { expect, it } from 'vitest';
import { AmqpConsumer } from '../../../../src/broker/amqp/consumer.ts';
import { MOST_UNANSWERED } from '../../../../src/broker/amqp/questions.ts';
import type { ConsumeOptions } from '../../../../src/broker/broker.ts';
import { NOTHING } from '../../../../src/broker/declarations.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import { deferred } from '../../../../src/core/deferred.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { until } from '../../../support/until.ts';
import { connectionOf, never } from './silent-connection.ts';

const DAY_MS = 86_400_000;

const silent = { prefetch: async () => undefined, consume: never };

function consumerOn(clock: Clock, more: Partial<ConsumeOptions> = {}): AmqpConsumer {
  const options = { queue: 'q', declarations: NOTHING, prefetch: 1, onDelivery: () => undefined };
  return new AmqpConsumer({ ...options, ...more }, clock, silentLogger);
}

it('a queue that says nothing for days is tried now and then, and does not cost the connection all of its channels', async () => {
  const clock = manualClock();
  const { connection, state, end } = connectionOf(silent);
  const consumer = consumerOn(clock);
  consumer.serve(connection);
  await clock.advance(DAY_MS);
  const { opened } = state;
  expect(opened).toBeGreaterThan(MOST_UNANSWERED);
  await clock.advance(DAY_MS);
  expect(state.opened).toBeGreaterThan(opened);
  expect(state.opened).toBeLessThan(4 * MOST_UNANSWERED);
  expect(consumer.problem).toBe('the broker gave no answer within 20 seconds about queue q');
  end();
  const next = connectionOf({ ...silent, consume: async () => ({ consumerTag: 'x' }) });
  consumer.serve(Object.assign(next.connection, { isOpen: true }));
  await clock.advance(0);
  expect(consumer.isConsuming).toBe(true);
});

it('one whose set-up is not answered stops within five seconds, and nobody gets what the broker delivers to it later', async () => {
  const clock = manualClock();
  const registered = deferred<object>();
  let deliver: (received: object) => void = () => undefined;
  const { connection, state } = connectionOf({
    ...silent,
    consume: (_queue: string, onMessage: typeof deliver) => {
      deliver = onMessage;
      return registered.promise;
    },
  });
  const got: unknown[] = [];
  const consumer = consumerOn(clock, { onDelivery: (delivery) => got.push(delivery) });
  consumer.serve(Object.assign(connection, { isOpen: true }));
  await clock.advance(0);
  const stopped = consumer.stop();
  await clock.advance(5_000);
  await stopped;
  registered.resolve({ consumerTag: 'x' });
  deliver({ fields: { deliveryTag: 1 }, properties: { headers: {} }, content: Buffer.alloc(0) });
  await until(() => state.closed === 1, 'its channel is being closed');
  expect(got).toEqual([]);
});

it('a reader of a stream whose own connection ends during its set-up tells why', async () => {
  const clock = manualClock();
  const apart = connectionOf(silent);
  const beside = connectionOf({});
  const own = Object.assign(apart.connection, { close: async () => undefined });
  const consumer = consumerOn(clock, { from: 'first' });
  consumer.serve(Object.assign(beside.connection, { another: async () => own }));
  await clock.advance(0);
  apart.end();
  await clock.advance(1_000);
  expect(consumer.problem).toBe('lost');
});
