// A dispatcher that is asked, on the embedded broker.
import { expect, it, onTestFinished } from 'vitest';
import type { MemoryBroker } from '../../../src/broker/memory/broker.ts';
import { TASKQUEUE, workerDeclarations } from '../../../src/broker/topology.ts';
import { Dispatcher, type DispatcherSettings, STOP_WITHIN_MS } from '../../../src/dispatcher/dispatcher.ts';
import { dispatcherControl } from '../../../src/dispatcher/dispatcher-control.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import { fakeTools, message } from '../../support/fake-tools.ts';
import { until } from '../../support/until.ts';
import { type Office, openOffice } from '../control/office.ts';
import { SETTINGS } from './fake-desk.ts';

const one = { forMs: 1_000, enough: (all: readonly unknown[]) => all.length === 1 };

async function dispatcherIn(
  office: Office,
  more: Partial<DispatcherSettings> = {},
): Promise<{ readonly dispatcher: Dispatcher; readonly broker: MemoryBroker }> {
  const broker = await office.connect('dispatcher');
  const quiet = { ...fakeTools('dispatcher'), broker, clock: office.clock };
  const settings = { ...SETTINGS, ...more };
  const control = dispatcherControl(quiet, () => dispatcher);
  const dispatcher: Dispatcher = new Dispatcher({ ...quiet, events: control.events }, settings, control);
  await dispatcher.start();
  onTestFinished(async () => {
    const stopped = dispatcher.stop();
    await office.clock.advance(STOP_WITHIN_MS);
    await stopped;
  });
  await until(async () => (await office.broker.queueInfo(TASKQUEUE))?.consumers === 1, 'it consumes');
  return { dispatcher, broker };
}

const send = (office: Office, messageId: string, contentType = 'text/plain'): Promise<unknown> => {
  const headers = contentType === 'text/plain' ? { 'tq-type': 'w' } : {};
  const workitem = message('body', { properties: { messageId, contentType, replyTo: 'mine' }, headers });
  return office.broker.publish({ ...workitem, exchange: '', routingKey: TASKQUEUE, mandatory: true });
};

it('a dispatcher says what it has passed on, what it has set aside, and what it has in hand', async () => {
  const office = await openOffice();
  const { dispatcher } = await dispatcherIn(office, { workerTypeOf: () => new Promise(() => undefined) });
  await send(office, 'aside');
  await until(() => dispatcher.forwarded === 1, 'the first');
  await office.broker.declare(workerDeclarations('w', null));
  await send(office, 'routed');
  await send(office, 'in hand', 'application/x-plugin');
  await until(() => dispatcher.forwarded === 2 && dispatcher.inFlight === 1, 'the others');
  const [answer] = await office.correspondent.ask({ kind: 'status' }, one);
  expect(answer).toMatchObject({
    daemon: 'dispatcher',
    status: { kind: 'dispatcher', forwarded: 2, inFlight: 1, awaited: ['worker_w'], problem: null },
  });
  const states = async (id: string): Promise<string[]> => {
    const [found] = await office.correspondent.ask({ kind: 'why', id }, one);
    return (found?.whereabouts ?? []).map(({ state }) => state);
  };
  expect(await states('aside')).toEqual(['unroutable']);
  expect(await states('routed')).toEqual(['routed']);
  expect(await states('in hand')).toEqual(['passing']);
});

it('a dispatcher tells what happened until it stops', async () => {
  const office = await openOffice();
  const { dispatcher } = await dispatcherIn(office);
  const events: TaskqueueEvent[] = [];
  const listening = office.correspondent.listen('mine', (batch) => events.push(...batch.events));
  await office.correspondent.ask({ kind: 'status' }, one); // behind the other question
  await office.clock.advance(250);
  await listening.ready;
  await send(office, 'last');
  await until(() => dispatcher.forwarded === 1, 'it is passed on');
  await dispatcher.stop();
  await until(() => events.length === 1, 'the last event');
  expect(events).toMatchObject([{ kind: 'unroutable', id: 'last', replyTo: 'mine' }]);
});

it('a dispatcher answers again after its connection was lost', async () => {
  const office = await openOffice();
  const { broker } = await dispatcherIn(office);
  broker.cut();
  expect(await office.correspondent.ask({ kind: 'status' }, one)).toHaveLength(1);
});
