import { describe, expect, it, onTestFinished } from 'vitest';
import type { Delivery } from '../../../src/broker/broker.ts';
import { NOTHING } from '../../../src/broker/declarations.ts';
import { questionQueue, questionRoute } from '../../../src/broker/topology.ts';
import type { AboutDaemon, Whereabouts } from '../../../src/control/answer.ts';
import { checkAnswer } from '../../../src/control/check-answer.ts';
import { Control, type ControlOptions } from '../../../src/control/control.ts';
import type { Order } from '../../../src/control/order.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { FakeOrders } from '../../support/fake-orders.ts';
import { until } from '../../support/until.ts';
import { event } from './events.ts';
import { type Office, openOffice } from './office.ts';

interface Daemon {
  readonly control: Control;
  readonly complaints: readonly string[];
}

async function daemonIn(office: Office, more: Partial<ControlOptions> = {}): Promise<Daemon> {
  const complaints: string[] = [];
  const complain = (fields: object, message: string): void =>
    void complaints.push(`${message} ${JSON.stringify(fields)}`);
  const quiet = (): void => undefined;
  const control = new Control({
    broker: await office.connect('daemon'),
    clock: office.clock,
    logger: { debug: quiet, info: quiet, warn: complain, error: complain },
    orders: new FakeOrders(office.clock),
    host: 'here',
    daemon: 'dispatcher',
    status: (about: AboutDaemon) => ({
      ...about,
      kind: 'dispatcher',
      forwarded: 7,
      inFlight: 0,
      awaited: [],
      queues: [],
    }),
    inHand: () => [],
    ...more,
  });
  await control.start();
  onTestFinished(() => control.stop());
  await until(async () => (await office.broker.queueInfo(questionQueue(control.name)))?.consumers === 1, 'its queue');
  return { control, complaints };
}

const one = { forMs: 1_000, enough: (all: readonly unknown[]) => all.length === 1 };
const routed: TaskqueueEvent = {
  v: 1,
  kind: 'routed',
  at: 5,
  id: 'w1',
  type: 't',
  run: 'r1',
  replyTo: 'mine',
  queue: 'q',
};

/** As a program would that is none of ours. */
async function ask(
  office: Office,
  body: unknown,
  properties: Message['properties'] = { userId: 'operator' },
  route = questionRoute('status'),
): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const message = {
    properties: { replyTo: 'eves', ...properties },
    headers: {},
    body: Buffer.from(text),
  };
  const outcome = await office.broker.publish({ ...route, mandatory: true, ...message });
  expect(outcome).toEqual({ kind: 'confirmed' });
}

describe('the desk of a daemon', () => {
  it('tells how it goes', async () => {
    const office = await openOffice();
    const orders = new FakeOrders(office.clock);
    orders.pause('t');
    const { control } = await daemonIn(office, { orders });
    const startedAt = office.clock.now();
    expect(await office.correspondent.ask({ kind: 'status' }, one)).toEqual([
      {
        v: 1,
        kind: 'status',
        host: 'here',
        daemon: 'dispatcher',
        name: control.name,
        status: {
          kind: 'dispatcher',
          pid: process.pid,
          release: expect.stringMatching(/^\d+\.\d+/),
          startedAt,
          broker: 'daemon',
          problem: null,
          pauses: [{ type: 't', by: 'ada', reason: 'maintenance', since: startedAt, untilMs: null }],
          forwarded: 7,
          inFlight: 0,
          awaited: [],
          queues: [],
        },
      },
    ]);
  });

  it('tells where a workitem is: in hand first, then what is remembered of other lives, then what is ordered', async () => {
    const office = await openOffice();
    const inHand: Whereabouts = { id: 'w1', run: 'r2', type: 't', at: 9, state: 'waiting', instance: 't#1' };
    const orders = new FakeOrders(office.clock);
    orders.cancel('w1', 'no');
    const at = office.clock.now();
    const { control } = await daemonIn(office, { inHand: (id) => (id === 'w1' ? [inHand] : []), orders });
    control.events(routed);
    control.events({ ...routed, run: 'r2' });
    const [answer] = await office.correspondent.ask({ kind: 'why', id: 'w1' }, one);
    expect(answer?.whereabouts).toEqual([
      inHand,
      { id: 'w1', run: 'r1', type: 't', at: 5, state: 'routed', queue: 'q' },
      { id: 'w1', run: '', type: '', at, state: 'cancelled', by: 'ada', reason: 'no' },
    ]);
    const [other] = await office.correspondent.ask({ kind: 'why', id: 'w2' }, one);
    expect(other?.whereabouts).toEqual([]);
  });

  it('tells listeners what happens, until their time is over', async () => {
    const office = await openOffice();
    const { control } = await daemonIn(office);
    const got: string[] = [];
    control.events({ ...routed, id: 'before' });
    const listening = office.correspondent.listen('mine', ({ events }) =>
      got.push(...events.map((event) => ('id' in event ? event.id : event.instance))),
    );
    await office.correspondent.ask({ kind: 'status' }, one); // behind the other question
    await office.clock.advance(250);
    expect(await listening.ready).toMatchObject([{ name: control.name }]);
    control.events(routed);
    control.events({ ...routed, id: 'of another', replyTo: 'yours' });
    await office.clock.advance(50);
    await until(() => got.length === 1, 'the event');
    expect(got).toEqual(['w1']);

    listening.stop();
    await office.clock.advance(60_000);
    control.events({ ...routed, id: 'too late' });
    expect(office.clock.pending).toBe(0); // no batch is being made
  });

  it('keeps and tells no more than the beginning of a long text', async () => {
    const office = await openOffice();
    const { control } = await daemonIn(office);
    const texts: string[] = [];
    const listening = office.correspondent.listen(null, ({ events }) => {
      for (const one of events) if (one.kind === 'failed') texts.push(one.error);
    });
    await office.correspondent.ask({ kind: 'status' }, one);
    control.events(event('failed', { error: 'x'.repeat(16_000) }));
    await office.clock.advance(50);
    await until(() => texts.length === 1, 'the event');
    const [answer] = await office.correspondent.ask({ kind: 'why', id: 'w' }, one);
    const cut = `${'x'.repeat(1021)}…`;
    expect(texts).toEqual([cut]);
    expect(answer?.whereabouts).toMatchObject([{ error: cut }]);
    listening.stop();
  });

  it('answers nobody who does not say who it is, nor into a queue of ours, nor what it does not understand', async () => {
    const office = await openOffice();
    const { complaints, control } = await daemonIn(office);
    const question = { v: 1, operation: 'o', kind: 'status' };
    await office.broker.declare({ exchanges: [], bindings: [], queues: [{ queue: 'eves', arguments: {} }] });
    await ask(office, question, {});
    await ask(office, question, { userId: 'operator', replyTo: 'worker_t' });
    await ask(office, question, { userId: 'operator', replyTo: '' });
    await ask(office, question, { userId: 'operator' }, { exchange: '', routingKey: questionQueue(control.name) });
    await ask(office, '{');
    await ask(office, { ...question, v: 2 });
    await ask(office, { ...question, kind: 'shutdown' });
    await ask(office, { ...question, pad: 'x'.repeat(70_000) });
    await office.correspondent.ask({ kind: 'status' }, one); // behind all of those
    expect((await office.broker.queueInfo('eves'))?.messages).toBe(0);
    expect(complaints.map((line) => line.split(' {')[0])).toEqual([
      'a question that cannot be answered',
      'a question that nobody can be answered',
    ]);
  });

  it('answers so many a second, and the others after that', async () => {
    const office = await openOffice();
    const { complaints } = await daemonIn(office);
    await office.broker.declare({ exchanges: [], bindings: [], queues: [{ queue: 'eves', arguments: {} }] });
    for (let count = 0; count < 60; count++) await ask(office, { v: 1, operation: 'o', kind: 'status' });
    const answered = async (): Promise<number> => (await office.broker.queueInfo('eves'))?.messages ?? 0;
    await until(async () => (await answered()) === 50, 'the first fifty answers');
    await office.clock.advance(0);
    expect(await answered()).toBe(50);
    await office.clock.advance(1_000);
    expect(await answered()).toBe(60);
    expect(complaints).toHaveLength(1);
  });

  it('tells whoever gave an order what was done here, and nobody else', async () => {
    const office = await openOffice();
    const { control } = await daemonIn(office);
    await office.broker.declare({ exchanges: [], bindings: [], queues: [{ queue: 'eves', arguments: {} }] });
    const about = { v: 1, at: office.clock.now(), operation: 'o', reason: '' } as const;
    const given = (order: Order, replyTo: string | null = 'eves'): void => control.obeyed({ order, by: 'op', replyTo });
    control.events({ ...routed, id: 'w1' });
    given({ ...about, kind: 'cancel', id: 'w1' });
    given({ ...about, kind: 'pause', type: 't', untilMs: null });
    given({ ...about, kind: 'resume', type: 't' });
    given({ ...about, kind: 'resume', type: 't' }, null);
    given({ ...about, kind: 'resume', type: 't' }, 'worker_t');
    const told: Message[] = [];
    const onDelivery = ({ message }: Delivery): void => void told.push(message);
    office.broker.consume({ queue: 'eves', declarations: NOTHING, prefetch: 100, onDelivery });
    await until(() => told.length === 3, 'three answers');
    expect(told.map(({ properties }) => properties.correlationId)).toEqual(['o', 'o', 'o']);
    expect(told.map(({ body }) => checkAnswer(body))).toMatchObject([
      { kind: 'obeyed', name: control.name, done: 'it has gone to its worker queue: a pool ends it' },
      { done: 'noted: a dispatcher only passes on what it gets' },
      { done: 'noted: a dispatcher only passes on what it gets' },
    ]);
  });

  it('looks into so many orders a second for whoever gave them, and only notes the others', async () => {
    const office = await openOffice();
    let looked = 0;
    const inHand = (): readonly Whereabouts[] => {
      looked++;
      return [];
    };
    const { control } = await daemonIn(office, { inHand });
    const cancel = { v: 1, at: 1, operation: 'o', reason: '', kind: 'cancel', id: 'w' } as const;
    await office.broker.declare({ exchanges: [], bindings: [], queues: [{ queue: 'eves', arguments: {} }] });
    const give = (count: number): void => {
      for (let at = 0; at < count; at++) control.obeyed({ order: cancel, by: 'op', replyTo: 'eves' });
    };
    give(60);
    expect(looked).toBe(50);
    const told: string[] = [];
    const onDelivery = ({ message }: Delivery): void => void told.push(message.body.toString());
    office.broker.consume({ queue: 'eves', declarations: NOTHING, prefetch: 100, onDelivery });
    await until(() => told.length === 60, 'an answer to each');
    expect(told.filter((body) => body.includes('too many orders'))).toEqual(told.slice(50));
    await office.clock.advance(1_000);
    give(5);
    expect(looked).toBe(55);
  });

  it('survives a daemon that can not say how it goes', async () => {
    const office = await openOffice();
    const broken = (): never => {
      throw new TaskqueueError('STOPPED', 'no idea');
    };
    const { complaints } = await daemonIn(office, { status: broken });
    await ask(office, { v: 1, operation: 'o', kind: 'status' });
    expect(await office.correspondent.ask({ kind: 'why', id: 'x' }, one)).toHaveLength(1);
    expect(complaints).toMatchObject([expect.stringContaining('no idea')]);
  });

  it('leaves what has been asked too late, and sends what listeners have not got yet, when it stops', async () => {
    const office = await openOffice();
    const { control } = await daemonIn(office);
    const got: string[] = [];
    const listening = office.correspondent.listen(null, ({ events }) => got.push(...events.map(({ kind }) => kind)));
    await office.correspondent.ask({ kind: 'status' }, one);
    await office.clock.advance(250);
    await listening.ready;
    control.events(routed);
    await control.stop();
    await until(() => got.length === 1, 'the last event');
    control.events(routed);
    const late = office.correspondent.ask({ kind: 'status' }, { forMs: 1_000 });
    await until(
      async () => (await office.broker.queueInfo(questionQueue(control.name)))?.messages === 1,
      'the question',
    );
    await office.clock.advance(1_000);
    expect(await late).toEqual([]);
    expect(got).toEqual(['routed']);
  });
});
