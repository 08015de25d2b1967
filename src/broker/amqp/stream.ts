// How RabbitMQ's streams differ from its queues: where reading begins, and what comes with an entry.
//
// Measured on 3.10: an entry keeps exchange, routing key and all properties, `user_id` among them; of its headers only plain
// values, and a sender's own `x-stream-offset` is overwritten. To hand an entry back would close the whole connection (540).
import type { Options } from 'amqplib';
import type { Message } from '../../workitem/message.ts';

const OFFSET = 'x-stream-offset';

/** The queue type of a stream, as an argument of its declaration. */
export function isStream(args: Readonly<Record<string, unknown>>): boolean {
  return args['x-queue-type'] === 'stream';
}

export const FROM_FIRST: Options.Consume = { arguments: { [OFFSET]: 'first' } };

/** An entry without what the broker has added to it. */
export function entryOf(received: Message): { readonly message: Message; readonly offset: number } {
  const { [OFFSET]: offset, ...headers } = received.headers;
  return { message: { ...received, headers }, offset: Number(offset) };
}
