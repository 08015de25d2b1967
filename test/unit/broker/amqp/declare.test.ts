// Questions to the broker about queues, where it falls silent in the midst of them.
import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { declare, queueInfo } from '../../../../src/broker/amqp/declare.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { until } from '../../../support/until.ts';
import { connectionOf, never } from './silent-connection.ts';

it('an answer is not lost with a connection that ends before the goodbye of its channel is answered', async () => {
  const { connection, state, end } = connectionOf({ checkQueue: async () => ({ messageCount: 3, consumerCount: 1 }) });
  const info = queueInfo(connection, 'q');
  await until(() => state.closed === 1, 'its channel is being closed');
  end();
  expect(await info).toEqual({ messages: 3, consumers: 1 });
});

it('of a question that is answered, nothing is left with the connection', async () => {
  const { connection } = connectionOf({
    checkQueue: async () => ({ messageCount: 3, consumerCount: 1 }),
    close: async () => undefined,
  });
  const waiting = vi.spyOn(connection.ended, 'then');
  await queueInfo(connection, 'q');
  await declare(connection, { exchanges: [], queues: [{ queue: 'q', arguments: {} }], bindings: [] }, silentLogger);
  expect(waiting).not.toHaveBeenCalled();
  expect(getEventListeners(connection.over, 'abort')).toEqual([]);
});

it('channels are given back where the broker leaves a question unanswered, and nobody waits any longer', async () => {
  const { connection, state } = connectionOf({ checkQueue: never });
  const enough = new AbortController();
  const queues = Array.from({ length: 100 }, (_, number) => ({ queue: `q${number}`, arguments: {} }));
  void declare(connection, { exchanges: [], queues, bindings: [] }, silentLogger, enough.signal);
  await until(() => state.opened > 1, 'several channels ask');
  const { opened } = state;
  enough.abort();
  await until(() => state.closed === opened, 'all of them are told to close');
});
