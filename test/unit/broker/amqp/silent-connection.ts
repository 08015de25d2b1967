// A connection of which a test says how its channels answer, or that they do not.
import { setMaxListeners } from 'node:events';
import type { Channel } from 'amqplib';
import type { Connection } from '../../../../src/broker/amqp/connection.ts';
import { deferred } from '../../../../src/core/deferred.ts';

export const never = (): Promise<never> => new Promise(() => undefined);

/** A connection whose channels answer as `channel` does; `closed` counts those that were told to close. */
export function connectionOf(channel: Partial<Record<keyof Channel, unknown>>) {
  const ended = deferred<string>();
  const over = new AbortController();
  setMaxListeners(0, over.signal); // as the real one
  const state = { opened: 0, closed: 0 };
  const model = {
    createChannel: async () => {
      state.opened++;
      const close = (): Promise<never> => {
        state.closed++;
        return never();
      };
      return { on: () => undefined, close, ...channel };
    },
  };
  return {
    connection: { model, ended: ended.promise, over: over.signal } as unknown as Connection,
    state,
    end: () => {
      ended.resolve('lost');
      over.abort();
    },
  };
}
