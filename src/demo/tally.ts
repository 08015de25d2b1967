// Where everything is at the end: looks into the queues, as an operator would.
import type { Broker } from '../broker/broker.ts';
import { NOTHING } from '../broker/declarations.ts';
import { DEAD, UNROUTABLE } from '../broker/topology.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

interface Place {
  readonly queue: string;
  readonly messages: readonly Message[];
}

export async function placesAtTheEnd(broker: Broker): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const queue of ['results', DEAD, UNROUTABLE]) places.push({ queue, messages: await messagesIn(broker, queue) });
  return places;
}

async function messagesIn(broker: Broker, queue: string): Promise<readonly Message[]> {
  const count = (await broker.queueInfo(queue))?.messages ?? 0;
  const messages: Message[] = [];
  if (count === 0) return messages;
  await new Promise<void>((resolve) => {
    const consumer = broker.consume({
      queue,
      declarations: NOTHING,
      prefetch: count,
      onDelivery: (delivery) => {
        messages.push(delivery.message);
        if (messages.length === count) void consumer.stop().then(resolve);
      },
    });
  });
  return messages;
}

/** `results               A B C D finished · E F G failed` */
export function placeLine({ queue, messages }: Place): string {
  const byStatus = groupByStatus(messages);
  const groups = [...byStatus].map(([status, some]) => `${some.map(idOf).sort().join(' ')}${status}`);
  return `${queue.padEnd(22)} ${groups.join(' · ') || 'empty'}`;
}

function groupByStatus(messages: readonly Message[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const message of messages) groups.set(statusOf(message), [...(groups.get(statusOf(message)) ?? []), message]);
  return groups;
}

function statusOf({ headers }: Message): string {
  const status = headers[HEADER.status];
  return typeof status === 'string' ? ` ${status}` : '';
}

export function idOf({ properties, headers }: Message): string {
  const id = headers[HEADER.id];
  return typeof id === 'string' ? id : (properties.messageId ?? '?');
}
