// What AMQP lets a message say of itself, by amqplib's names, in the order in which it stands on the wire.
import type { Properties } from '../../workitem/message.ts';

/** The first has the highest flag. */
export const WRITTEN = [
  'contentType',
  'contentEncoding',
  'headers',
  'deliveryMode',
  'priority',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'timestamp',
  'type',
  'userId',
  'appId',
] as const satisfies readonly (keyof Properties | 'headers')[];

/** All but the headers. */
export const PROPERTIES: readonly (keyof Properties)[] = WRITTEN.filter((name) => name !== 'headers');
