// The tools of a daemon, with everything written down that goes through them.
import type { LogFields, Logger } from '../../src/core/logger.ts';
import type { TaskqueueEvent } from '../../src/events/event.ts';
import type { SettleTools } from '../../src/pool/settle.ts';
import type { Message } from '../../src/workitem/message.ts';
import { FakeBroker } from './fake-broker.ts';
import { FakeOrders } from './fake-orders.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export interface FakeTools extends SettleTools {
  readonly broker: FakeBroker;
  readonly clock: ManualClock;
  readonly orders: FakeOrders;
  readonly seen: TaskqueueEvent[];
  readonly lines: { readonly level: keyof Logger; readonly fields: LogFields; readonly message: string }[];
}

export function fakeTools(daemon = 'daemon'): FakeTools {
  const clock = manualClock();
  const seen: TaskqueueEvent[] = [];
  const lines: FakeTools['lines'] = [];
  const level =
    (name: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level: name, fields, message });
    };
  return {
    broker: new FakeBroker(),
    clock,
    logger: { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') },
    events: (event) => seen.push(event),
    host: 'host',
    daemon,
    queueType: null,
    orders: new FakeOrders(clock),
    seen,
    lines,
  };
}

export function message(body: string | Buffer = '', more: Partial<Omit<Message, 'body'>> = {}): Message {
  return { properties: {}, headers: {}, body: Buffer.from(body as string), ...more };
}
