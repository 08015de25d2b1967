// What the dispatcher does with one delivery: where it goes, and that nothing is acknowledged before that is confirmed.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { DEAD, delayRoute, TASKQUEUE, UNROUTABLE } from '../../../src/broker/topology.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import { CONFIRMED, ending } from '../../support/fake-broker.ts';
import { type FakeTools, message } from '../../support/fake-tools.ts';
import { type FakeDesk, fakeDesk, forwarded, typed } from './fake-desk.ts';

let desk: FakeDesk;
let tools: FakeTools;

beforeEach(() => {
  desk = fakeDesk();
  tools = desk.tools;
});

/** Other queues confirm. */
function answerFor(queue: string, ...outcomes: PublishOutcome[]): void {
  tools.broker.answer = ({ routingKey }: Outgoing) =>
    routingKey === queue ? ((outcomes.length > 1 ? outcomes.shift() : outcomes[0]) as PublishOutcome) : CONFIRMED;
}

describe('a workitem for a type', () => {
  it('is published to the queue of its type, confirmed, and only then acknowledged', async () => {
    await forwarded(desk, typed('w'));
    expect(tools.broker.journal).toEqual(['publish worker_w', 'confirmed worker_w', `ack ${TASKQUEUE}`]);
  });

  it('is not acknowledged while its confirm is still to come', async () => {
    let confirm: (outcome: PublishOutcome) => void = () => undefined;
    tools.broker.answer = () => new Promise((resolve) => (confirm = resolve));
    const delivery = tools.broker.delivery(TASKQUEUE, typed('w'));
    const done = forward(desk, delivery);
    await tools.clock.advance(60_000);
    expect(delivery.end).toBeNull();
    confirm(CONFIRMED);
    expect(await done).toBe(true);
    expect(delivery.end).toBe('acked');
  });

  it('arrives byte for byte, mandatory and persistent, with what its sender said', async () => {
    const properties = { messageId: 'm', contentType: 'x/y', replyTo: 'mine', priority: 7, timestamp: 5, appId: 'a' };
    const workitem = typed('w', { properties, headers: { mine: { deep: [1] }, traceparent: 'p' } });
    await forwarded(desk, workitem);
    const [onward] = tools.broker.publishedTo('worker_w');
    expect(onward?.body).toBe(workitem.body);
    expect(onward?.mandatory).toBe(true);
    expect(onward?.properties).toEqual({ ...properties, deliveryMode: 2 });
    expect(onward?.headers).toMatchObject({ 'tq-type': 'w', mine: { deep: [1] }, traceparent: 'p' });
  });

  it('gets an id, a life and its times where it has none', async () => {
    await forwarded(desk, typed('w'));
    const { properties, headers } = tools.broker.publishedTo('worker_w')[0] as Outgoing;
    expect(properties.messageId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(headers['tq-run']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(headers).toMatchObject({ 'tq-accepted': tools.clock.now(), 'tq-queued': tools.clock.now() });
    expect(headers).not.toHaveProperty('tq-routed');
  });

  it('found in its body is noted as tq-routed, and never as tq-type', async () => {
    await forwarded(desk, message('{"worker_type":"w"}'));
    expect(tools.broker.publishedTo('worker_w')[0]?.headers).toMatchObject({ 'tq-routed': 'w' });
    expect(tools.broker.publishedTo('worker_w')[0]?.headers).not.toHaveProperty('tq-type');
  });

  it('loses the headers of ours that its sender forged, and what belongs to the hop behind it', async () => {
    const forged = {
      'tq-run': 'mine',
      'tq-attempt': 99,
      'tq-crashes': 2,
      'tq-redeliveries': 49,
      'tq-routed': 'other',
      'tq-kind': 'result',
      'tq-anything': 1,
      CC: ['spy'],
      BCC: ['spy'],
      'x-death': [],
      'x-first-death-queue': 'q',
      'x-delivery-count': 3,
    };
    await forwarded(desk, typed('w', { headers: forged, properties: { userId: 'guest', expiration: '5000' } }));
    const { headers, properties } = tools.broker.publishedTo('worker_w')[0] as Outgoing;
    expect(Object.keys(headers).toSorted()).toEqual(
      ['tq-accepted', 'tq-expires', 'tq-queued', 'tq-run', 'tq-type', 'tq-user'].toSorted(),
    );
    expect(headers['tq-run']).not.toBe('mine');
    expect(headers).toMatchObject({ 'tq-user': 'guest', 'tq-expires': tools.clock.now() + 5_000 });
    expect(properties).not.toHaveProperty('userId');
    expect(properties).not.toHaveProperty('expiration');
  });

  it('that is due later goes through the delay levels', async () => {
    await forwarded(desk, typed('w', { headers: { 'tq-due': tools.clock.now() + 4_500 } }));
    const queued = tools.clock.now() + 5_000; // when the broker puts it into its worker queue
    expect(tools.broker.published).toMatchObject([{ ...delayRoute(5, 'worker_w'), headers: { 'tq-queued': queued } }]);
    expect(tools.seen).toMatchObject([{ kind: 'delayed', type: 'w' }]);
  });

  it('that is due already goes at once', async () => {
    await forwarded(desk, typed('w', { headers: { 'tq-due': tools.clock.now() } }));
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(1);
  });
});

describe('where the worker queue', () => {
  it('is missing, the workitem is set aside with its reason', async () => {
    answerFor('worker_w', ending('returned'));
    await forwarded(desk, typed('w'));
    expect(tools.broker.journal).toEqual([
      'publish worker_w',
      'returned worker_w',
      `publish ${UNROUTABLE}`,
      `confirmed ${UNROUTABLE}`,
      `ack ${TASKQUEUE}`,
    ]);
    const aside = { 'tq-reason': 'unroutable', 'tq-queue': 'worker_w', 'tq-type': 'w' };
    expect(tools.broker.publishedTo(UNROUTABLE)[0]?.headers).toMatchObject(aside);
    expect(tools.seen).toMatchObject([{ kind: 'unroutable', queue: 'worker_w' }]);
  });

  it('refuses for a moment, the workitem waits for it', async () => {
    answerFor('worker_w', ending('refused'), ending('refused'), CONFIRMED);
    const delivery = await forwarded(desk, typed('w'));
    expect(delivery.end).toBe('acked');
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(3);
    expect(desk.refusals.size).toBe(0);
  });

  it('refuses for ten seconds, the workitem is set aside', async () => {
    const before = tools.clock.now();
    answerFor('worker_w', ending('refused', 'it is full'));
    await forwarded(desk, typed('w'));
    const [aside] = tools.broker.publishedTo(UNROUTABLE);
    expect(aside?.headers).toMatchObject({ 'tq-error': 'it is full', 'tq-queue': 'worker_w' });
    expect(tools.clock.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(tools.clock.now() - before).toBeLessThan(13_000);
  });

  it('refuses, no more than twenty of its type wait, and no other type waits at all', async () => {
    answerFor('worker_full', ending('refused'));
    const refused = Array.from({ length: 100 }, () => tools.broker.delivery(TASKQUEUE, typed('full')));
    const others = Array.from({ length: 100 }, () => tools.broker.delivery(TASKQUEUE, typed('free')));
    const all = [...refused, ...others].map((delivery) => forward(desk, delivery));
    await tools.clock.advance(0);
    expect(others.filter(({ end }) => end === 'acked')).toHaveLength(100);
    expect(refused.filter(({ end }) => end === null)).toHaveLength(20);
    await tools.clock.until(Promise.all(all));
    expect(refused.filter(({ end }) => end === 'acked')).toHaveLength(100);
  });

  it('will not take it as it is, the workitem is parked', async () => {
    answerFor('worker_w', ending('unwritable', 'too long'));
    const delivery = await forwarded(desk, typed('w'));
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'uncarriable' });
    expect(delivery.end).toBe('acked');
  });
});

describe('where the broker', () => {
  it('does not confirm, it is tried again for as long as the delivery is ours', async () => {
    answerFor('worker_w', ending('unknown'), ending('unknown'), CONFIRMED);
    expect((await forwarded(desk, typed('w'))).end).toBe('acked');
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(3);
  });

  it('has taken the delivery back, nothing is acknowledged', async () => {
    const delivery = tools.broker.delivery(TASKQUEUE, typed('w'));
    tools.broker.answer = () => {
      delivery.lose();
      return ending('unknown');
    };
    expect(await tools.clock.until(forward(desk, delivery))).toBe(false);
    expect(delivery.end).toBeNull();
    expect(tools.seen).toEqual([]);
  });
});

describe('a workitem that cannot be routed', () => {
  it('is parked with its reason, and acknowledged then', async () => {
    await forwarded(desk, message('null'));
    expect(tools.broker.journal).toEqual([`publish ${DEAD}`, `confirmed ${DEAD}`, `ack ${TASKQUEUE}`]);
    const story = { 'tq-reason': 'unreadable', 'tq-queue': TASKQUEUE, 'tq-where': 'host dispatcher' };
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject(story);
    expect(tools.seen).toMatchObject([{ kind: 'parked', reason: 'unreadable' }]);
  });

  it('is parked under the same id that its sender is told', async () => {
    await forwarded(desk, message('null', { properties: { replyTo: 'mine' } }));
    const [parked, told] = [tools.broker.publishedTo(DEAD)[0], tools.broker.publishedTo('mine')[0]];
    expect(parked?.properties.messageId).toBe(told?.headers['tq-id']);
    expect(told?.headers).toMatchObject({
      'tq-status': 'failed',
      'tq-reason': 'unreadable',
      'tq-run': parked?.headers['tq-run'],
    });
    expect(JSON.parse(String(told?.body))).toMatchObject({ error: expect.stringContaining('null') });
    expect(parked?.headers).toMatchObject({ 'tq-reported': true });
  });

  it('is parked as not reported where its sender has gone', async () => {
    answerFor('mine', ending('returned'));
    await forwarded(desk, message('null', { properties: { replyTo: 'mine' } }));
    expect(tools.broker.publishedTo('mine')).toHaveLength(1);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).not.toHaveProperty('tq-reported');
  });

  it('is parked as not reported where the queue of its sender confirms nothing', async () => {
    tools.broker.become('connected');
    tools.broker.answer = ({ routingKey }) => (routingKey === 'mine' ? new Promise(() => undefined) : CONFIRMED);
    const delivery = await forwarded(desk, message('null', { properties: { replyTo: 'mine' } }));
    expect(delivery.end).toBe('acked');
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).not.toHaveProperty('tq-reported');
  });

  it.each(['taskqueue', 'taskqueue.dead', 'worker_w'])('is not answered into our own queues: %s', async (replyTo) => {
    await forwarded(desk, typed('w', { properties: { replyTo } }));
    expect(tools.broker.published.map(({ routingKey }) => routingKey)).toEqual([DEAD]);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'loop' });
  });

  it('is not acknowledged before it is parked', async () => {
    answerFor(DEAD, ending('refused'), ending('returned'), ending('unknown'), CONFIRMED);
    expect((await forwarded(desk, message('null'))).end).toBe('acked');
    expect(tools.broker.journal.at(-2)).toBe(`confirmed ${DEAD}`);
  });
});
