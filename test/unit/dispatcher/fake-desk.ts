// A dispatcher's desk whose broker and clock are in the hands of the test.
import { TASKQUEUE } from '../../../src/broker/topology.ts';
import { type Desk, newDesk } from '../../../src/dispatcher/desk.ts';
import type { DispatcherSettings } from '../../../src/dispatcher/dispatcher.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import type { Message } from '../../../src/workitem/message.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

export const SETTINGS: DispatcherSettings = {
  formats: {
    types: { whenAbsent: 'application/json', map: { 'application/json': 'application/x-ruote-workitem' } },
    fromPlugins: new Set(['application/x-plugin']),
  },
  maxMessageSize: 1_000,
  workerTypeOf: async () => 'asked',
  resultsKeyOf: () => 'results',
  queueType: null,
  unroutableTtlMs: 600_000,
};

export type FakeDesk = Desk & { readonly tools: FakeTools };

export function fakeDesk(more: Partial<DispatcherSettings> = {}): FakeDesk {
  const tools = fakeTools('dispatcher');
  return { ...newDesk(tools, { ...SETTINGS, ...more }), tools };
}

/** Its type told by a header. */
export const typed = (type: string, more: Partial<Omit<Message, 'body'>> = {}): Message =>
  message('body', { ...more, headers: { 'tq-type': type, ...more.headers } });

/** Forwards, and lets time pass until that is over. */
export async function forwarded(desk: FakeDesk, workitem: Message, isAgain = false): Promise<FakeDelivery> {
  const delivery = desk.tools.broker.delivery(TASKQUEUE, workitem, isAgain);
  await desk.tools.clock.until(forward(desk, delivery));
  return delivery;
}
