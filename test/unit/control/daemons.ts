// Daemons as others see them, in the hands of a test: what they are asked, and what they tell.
import { expect } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { questionDeclarations, questionQueue } from '../../../src/broker/topology.ts';
import type { Answer } from '../../../src/control/answer.ts';
import { ANSWER, type EventBatch } from '../../../src/control/news.ts';
import type { Question } from '../../../src/control/question.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';

export function aboutDaemon(name: string): Pick<Answer, 'v' | 'host' | 'daemon' | 'name'> {
  return { v: 1, host: 'here', daemon: 'workerpool', name };
}

export function batchOf(events: readonly TaskqueueEvent[], dropped = 0): EventBatch {
  return { ...aboutDaemon('pool'), events, dropped };
}

/** To somebody's queue of news. */
export async function tell(
  broker: Broker,
  queue: string,
  kind: string,
  body: object | string,
  correlationId?: string,
): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const properties = correlationId === undefined ? {} : { correlationId };
  const message = { properties, headers: { [HEADER.kind]: kind }, body: Buffer.from(text) };
  const outcome = await broker.publish({ exchange: '', routingKey: queue, mandatory: true, ...message });
  expect(outcome).toEqual({ kind: 'confirmed' });
}

/** One of that name, which answers as it is told; all that it was asked. */
export function openDaemon(
  broker: Broker,
  name: string,
  answer: (question: Question, replyTo: string) => object | undefined,
): readonly Message[] {
  const asked: Message[] = [];
  broker.consume({
    queue: questionQueue(name),
    declarations: questionDeclarations(name),
    prefetch: 10,
    onDelivery(delivery) {
      delivery.ack();
      const { message } = delivery;
      asked.push(message);
      const { replyTo = '', correlationId } = message.properties;
      const said = answer(JSON.parse(message.body.toString()) as Question, replyTo);
      if (said) void tell(broker, replyTo, ANSWER, { ...aboutDaemon(name), ...said }, correlationId);
    },
  });
  return asked;
}
