// A correspondent on the memory broker, and whoever answers it, for tests.
import { expect, onTestFinished } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import { questionDeclarations, questionQueue } from '../../../src/broker/topology.ts';
import type { Answer } from '../../../src/control/answer.ts';
import { Correspondent } from '../../../src/control/correspondent.ts';
import { ANSWER, EVENTS, type EventBatch } from '../../../src/control/news.ts';
import type { Question } from '../../../src/control/question.ts';
import type { LogFields } from '../../../src/core/logger.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

export interface Office {
  readonly clock: ManualClock;
  readonly broker: MemoryBroker;
  readonly correspondent: Correspondent;
  /** For somebody else on the same server. */
  connect(name: string): Promise<MemoryBroker>;
  /** Warnings and errors of the correspondent. */
  readonly complaints: readonly (LogFields & { readonly message: string })[];
  /** A daemon of that name, which answers as it is told; all that it was asked. */
  daemon(name: string, answer?: (question: Question) => object | undefined): Promise<Message[]>;
  /** Sends to somebody's queue of news. */
  tell(queue: string, kind: string, body: object | string, correlationId?: string): Promise<void>;
}

export async function openOffice(user = 'operator'): Promise<Office> {
  const clock = manualClock();
  const server = createMemoryServer({ clock });
  const complaints: (LogFields & { readonly message: string })[] = [];
  const complain = (fields: LogFields, message: string): void => void complaints.push({ ...fields, message });
  const logger = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
  const connect = async (name: string): Promise<MemoryBroker> => {
    const broker = createMemoryBroker(server, { name, user });
    await broker.start();
    onTestFinished(() => broker.stop());
    return broker;
  };
  const broker = await connect('correspondent');
  const others = await connect('daemons');
  const correspondent = new Correspondent({ broker, clock, logger }, { user });
  await correspondent.start();
  onTestFinished(() => correspondent.stop());

  const tell: Office['tell'] = async (queue, kind, body, correlationId) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const properties = correlationId === undefined ? {} : { correlationId };
    const message = { properties, headers: { [HEADER.kind]: kind }, body: Buffer.from(text) };
    const outcome = await others.publish({ exchange: '', routingKey: queue, mandatory: true, ...message });
    expect(outcome).toEqual({ kind: 'confirmed' });
  };

  return {
    clock,
    broker,
    correspondent,
    complaints,
    connect,
    tell,
    async daemon(name, answer) {
      const asked: Message[] = [];
      others.consume({
        queue: questionQueue(name),
        declarations: questionDeclarations(name),
        prefetch: 10,
        onDelivery(delivery) {
          delivery.ack();
          asked.push(delivery.message);
          const { replyTo = '', correlationId } = delivery.message.properties;
          const said = answer?.(JSON.parse(delivery.message.body.toString()) as Question);
          if (said) void tell(replyTo, ANSWER, { ...aboutDaemon(name), ...said }, correlationId);
        },
      });
      return asked;
    },
  };
}

export function aboutDaemon(name: string): Pick<Answer, 'v' | 'host' | 'daemon' | 'name'> {
  return { v: 1, host: 'here', daemon: 'workerpool', name };
}

export function batchOf(events: readonly TaskqueueEvent[], dropped = 0): EventBatch {
  return { ...aboutDaemon('pool'), events, dropped };
}

export { ANSWER, EVENTS };
