import { describe, expect, it } from 'vitest';
import type { Delivery, Outgoing } from '../../../src/broker/broker.ts';
import { CONTROL_LOG, controlLogDeclarations, newsQueue } from '../../../src/broker/topology.ts';
import type { Answer } from '../../../src/control/answer.ts';
import { ANSWER } from '../../../src/control/news.ts';
import { until } from '../../support/until.ts';
import { aboutDaemon } from './daemons.ts';
import { openOffice } from './office.ts';

const DISPATCHER = {
  kind: 'dispatcher',
  pid: 1,
  release: '1',
  startedAt: 1,
  broker: 'b',
  problem: null,
  pauses: [],
  forwarded: 3,
  inFlight: 0,
  awaited: ['worker_x'],
  queues: [],
};
const status = { kind: 'status', status: DISPATCHER };
const names = (answers: readonly Answer[]): string[] => answers.map(({ name }) => name).sort();

describe('a question', () => {
  it('reaches every daemon, and each answers once', async () => {
    const office = await openOffice('alice');
    const asked = await office.daemon('one', () => status);
    await office.daemon('two', () => status);
    const answers = await office.correspondent.ask(
      { kind: 'status' },
      { forMs: 1_000, enough: (all) => all.length === 2 },
    );
    expect(names(answers)).toEqual(['one', 'two']);
    expect(answers[0]?.status).toEqual(DISPATCHER);
    expect(asked).toMatchObject([{ properties: { userId: 'alice', replyTo: newsQueue(office.correspondent.name) } }]);
    expect(JSON.parse(asked[0]?.body.toString() ?? '')).toEqual({
      v: 1,
      operation: asked[0]?.properties.correlationId,
      kind: 'status',
    });
  });

  it('gets the answers of those who are quick enough', async () => {
    const office = await openOffice();
    await office.daemon('quick', () => status);
    const asked = await office.daemon('mute');
    const answers = office.correspondent.ask({ kind: 'status' }, { forMs: 1_000 });
    await until(() => asked.length === 1, 'the question has arrived');
    await office.clock.advance(999);
    await office.clock.advance(1);
    expect(names(await answers)).toEqual(['quick']);
  });

  it('gets no answer, at once, where no daemon has ever been', async () => {
    const office = await openOffice();
    expect(await office.correspondent.ask({ kind: 'status' }, { forMs: 1_000_000 })).toEqual([]);
  });

  it('is not answered by answers to others, by other kinds, nor twice by the same', async () => {
    const office = await openOffice();
    await office.daemon('one', ({ operation }) => {
      const queue = newsQueue(office.correspondent.name);
      void office.tell(queue, ANSWER, { ...aboutDaemon('to another'), ...status }, 'another');
      void office.tell(queue, ANSWER, { ...aboutDaemon('of a kind'), kind: 'listening' }, operation);
      void office.tell(queue, ANSWER, { ...aboutDaemon('twice'), ...status }, operation);
      void office.tell(queue, ANSWER, { ...aboutDaemon('twice'), ...status }, operation);
      return status;
    });
    const answers = await office.correspondent.ask(
      { kind: 'status' },
      { forMs: 1_000, enough: (all) => all.length === 2 },
    );
    expect(names(answers)).toEqual(['one', 'twice']);
    expect(office.complaints).toEqual([]);
  });

  it.each([
    ['no JSON', ANSWER, '{', /not JSON/],
    [
      'no answer',
      ANSWER,
      { ...aboutDaemon('x'), kind: 'status', status: { kind: 'dispatcher' } },
      /^the answer\.status\.pid = undefined/,
    ],
    ['neither answer nor events', 'rubbish', {}, /^neither an answer nor a batch of events$/],
  ])('is not troubled by what is %s, and complains once', async (_, kind, body, reason) => {
    const office = await openOffice();
    await office.daemon('odd', ({ operation }) => {
      const queue = newsQueue(office.correspondent.name);
      for (let time = 0; time < 3; time++) void office.tell(queue, kind, body, operation);
      return status;
    });
    const answers = await office.correspondent.ask(
      { kind: 'status' },
      { forMs: 1_000, enough: (all) => all.length === 1 },
    );
    expect(names(answers)).toEqual(['odd']);
    expect(office.complaints.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
  });

  it('waits for a connection, and is asked again where nobody knows whether it was stored', async () => {
    const office = await openOffice();
    const asked = await office.daemon('one', () => status);
    let reconnect = (): void => undefined;
    office.broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    const answers = office.correspondent.ask({ kind: 'status' }, { forMs: 1_000, enough: (all) => all.length === 1 });
    reconnect();
    expect(names(await answers)).toEqual(['one']);
    expect(asked).toHaveLength(1);
  });

  it('is given up where there is no broker for ten seconds', async () => {
    const office = await openOffice();
    office.broker.cut(new Promise(() => undefined));
    const answers = office.correspondent.ask({ kind: 'status' }, { forMs: 1_000 });
    const refused = expect(answers).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the broker did not take it within 10 s: the connection was cut',
    });
    await office.clock.advance(10_000);
    await refused;
  });

  it('says which permission is missing', async () => {
    const office = await openOffice('alice');
    office.broker.publish = async () => ({ kind: 'refused', reason: "ACCESS_REFUSED - write access to exchange 'x'" });
    await expect(office.correspondent.ask({ kind: 'status' }, { forMs: 1 })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringMatching(
        /user "alice" may not ask the daemons: .*write to the exchange taskqueue\.control/,
      ),
    });
    office.broker.declare = async () => ({ kind: 'refused', reason: 'ACCESS_REFUSED - configure' });
    await expect(office.correspondent.ask({ kind: 'status' }, { forMs: 1 })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringMatching(/configure and read queues that are called tq\.client\.\*/),
    });
  });

  it('ends with what there is when the correspondent stops, and none is asked after that', async () => {
    const office = await openOffice();
    const asked = await office.daemon('mute');
    const answers = office.correspondent.ask({ kind: 'status' }, { forMs: 1_000_000 });
    await until(() => asked.length === 1, 'the question has arrived');
    await office.correspondent.stop();
    expect(await answers).toEqual([]);
    await expect(office.correspondent.ask({ kind: 'status' }, { forMs: 1 })).rejects.toMatchObject({ code: 'STOPPED' });
  });
});

describe('an order', () => {
  const cancel = { kind: 'cancel', id: 'w1', reason: 'a mistake' } as const;

  it('is in the log, with who gave it, and gathers what was done', async () => {
    const office = await openOffice('alice');
    await office.broker.declare(controlLogDeclarations());
    const log: Delivery[] = [];
    office.broker.consume({
      queue: CONTROL_LOG,
      declarations: controlLogDeclarations(),
      prefetch: 1,
      onDelivery(delivery) {
        log.push(delivery);
        const { replyTo = '', correlationId } = delivery.message.properties;
        const obeyed = { ...aboutDaemon('pool'), kind: 'obeyed', done: 'aborted in w#1' };
        void office.tell(replyTo, ANSWER, obeyed, correlationId);
      },
    });
    const answers = await office.correspondent.order(cancel, { forMs: 1_000, enough: (all) => all.length === 1 });
    expect(answers).toMatchObject([{ name: 'pool', done: 'aborted in w#1' }]);
    expect(log[0]?.message.properties).toMatchObject({ userId: 'alice', deliveryMode: 2 });
    expect(JSON.parse(log[0]?.message.body.toString() ?? '')).toEqual({
      v: 1,
      operation: log[0]?.message.properties.correlationId,
      at: office.clock.now(),
      ...cancel,
    });
  });

  it('is refused where nothing keeps it', async () => {
    const office = await openOffice();
    const refusal = { code: 'UNAVAILABLE', message: expect.stringMatching(/no daemon has declared the control log/) };
    await expect(office.correspondent.order(cancel, { forMs: 1 })).rejects.toMatchObject(refusal);
    await office.daemon('one'); // the exchange is there now, but no log
    await expect(office.correspondent.order(cancel, { forMs: 1 })).rejects.toMatchObject(refusal);
  });

  it('is refused here where it is too large to be obeyed', async () => {
    const office = await openOffice();
    await office.broker.declare(controlLogDeclarations());
    const large = { ...cancel, reason: 'x'.repeat(70_000) };
    await expect(office.correspondent.order(large, { forMs: 1 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('is given again where nobody knows whether it was stored', async () => {
    const office = await openOffice();
    await office.broker.declare(controlLogDeclarations());
    const publish = office.broker.publish.bind(office.broker);
    const sent: Outgoing[] = [];
    office.broker.publish = async (outgoing) => {
      sent.push(outgoing);
      return sent.length === 1 ? { kind: 'unknown', reason: 'lost' } : publish(outgoing);
    };
    const answers = office.correspondent.order(cancel, { forMs: 0 });
    await until(() => sent.length === 1, 'the first attempt');
    await office.clock.advance(1_000);
    expect(await answers).toEqual([]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });
});
