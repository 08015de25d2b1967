// A consumer whose broker does not answer, over a connection that lives on.
import { expect, it } from 'vitest';
import { AmqpConsumer } from '../../../../src/broker/amqp/consumer.ts';
import { MOST_UNANSWERED } from '../../../../src/broker/amqp/questions.ts';
import { NOTHING } from '../../../../src/broker/declarations.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { connectionOf, never } from './silent-connection.ts';

const DAY_MS = 86_400_000;

it('a queue that cannot be consumed, and says nothing for days, does not cost the connection all of its channels', async () => {
  const clock = manualClock();
  const { connection, state, end } = connectionOf({ prefetch: async () => undefined, consume: never });
  const options = { queue: 'q', declarations: NOTHING, prefetch: 1, onDelivery: () => undefined };
  const consumer = new AmqpConsumer(options, clock, silentLogger);
  consumer.serve(connection);
  await clock.advance(2 * DAY_MS);
  expect(state.opened).toBe(MOST_UNANSWERED);
  expect(consumer.problem).toBe('the broker gave no answer within 20 seconds');
  end();
  const next = connectionOf({ prefetch: async () => undefined, consume: async () => ({ consumerTag: 'x' }) });
  consumer.serve(Object.assign(next.connection, { isOpen: true }));
  await clock.advance(0);
  expect(consumer.isConsuming).toBe(true);
});
