// A correspondent on the memory broker, and whoever answers it, for tests.
import { onTestFinished } from 'vitest';
import type { MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import { Correspondent } from '../../../src/control/correspondent.ts';
import type { Question } from '../../../src/control/question.ts';
import type { LogFields } from '../../../src/core/logger.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { connectTo } from '../../support/memory-client.ts';
import { openDaemon, tell } from './daemons.ts';

export interface Office {
  readonly clock: ManualClock;
  readonly broker: MemoryBroker;
  readonly correspondent: Correspondent;
  /** For somebody else on the same server. */
  connect(name: string): Promise<MemoryBroker>;
  /** Warnings and errors of the correspondent. */
  readonly complaints: readonly (LogFields & { readonly message: string })[];
  /** A daemon of that name, which answers as it is told; all that it was asked. */
  daemon(name: string, answer?: (question: Question) => object | undefined): readonly Message[];
  /** Sends to somebody's queue of news. */
  tell(queue: string, kind: string, body: object | string, correlationId?: string): Promise<void>;
}

export async function openOffice(user = 'operator'): Promise<Office> {
  const clock = manualClock();
  const server = createMemoryServer({ clock });
  const complaints: (LogFields & { readonly message: string })[] = [];
  const complain = (fields: LogFields, message: string): void => void complaints.push({ ...fields, message });
  const logger = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
  const connect = (name: string): Promise<MemoryBroker> => connectTo(server, name, user);
  const broker = await connect('correspondent');
  const others = await connect('daemons');
  const correspondent = new Correspondent({ broker, clock, logger }, { user });
  await correspondent.start();
  onTestFinished(() => correspondent.stop());

  return {
    clock,
    broker,
    correspondent,
    complaints,
    connect,
    tell: (...what) => tell(others, ...what),
    daemon: (name, answer = () => undefined) => openDaemon(others, name, answer),
  };
}
