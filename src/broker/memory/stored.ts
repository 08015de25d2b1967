// A message as a queue keeps it. Nothing is shared with those who published it or get it: each has a copy of its own.
import type { Headers, Message } from '../../workitem/message.ts';

export interface Stored {
  readonly message: Message;
  readonly exchange: string;
  readonly routingKey: string;
  /** Its place in the queue: what comes back returns to it. */
  readonly position: number;
  /** ms since 1970, or Infinity */
  readonly expiresAt: number;
  readonly redelivered: boolean;
}

export function copyOfMessage({ properties, headers, body }: Message): Message {
  const present = Object.entries(properties).filter(([, value]) => value !== undefined);
  return { properties: Object.fromEntries(present), headers: copyOfTable(headers), body: Buffer.from(body) };
}

/** What has been published is writable, and therefore neither endless nor deep. */
function copyOfTable(table: Headers): Headers {
  const present = Object.entries(table).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, copyOf(value)]));
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  return Array.isArray(value) ? value.map(copyOf) : copyOfTable(value as Headers);
}

/**
 * The message as it leaves `queue` for a dead-letter exchange, once its time there is over. `undefined` where it has
 * been through that queue before without being published anew: RabbitMQ takes that for a circle and drops it.
 */
export function deadLettered({ message, exchange, routingKey }: Stored, queue: string): Message | undefined {
  const { expiration: _, ...properties } = message.properties;
  const deaths = Array.isArray(message.headers['x-death']) ? (message.headers['x-death'] as unknown[]) : [];
  if (deaths.some((death) => (death as { queue?: unknown } | null)?.queue === queue)) return undefined;
  const death = { queue, reason: 'expired', count: 1, exchange, 'routing-keys': [routingKey] };
  return { ...message, properties, headers: { ...message.headers, 'x-death': [death, ...deaths] } };
}
