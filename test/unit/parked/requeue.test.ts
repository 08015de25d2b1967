import { describe, expect, it } from 'vitest';
import { TASKQUEUE } from '../../../src/broker/topology.ts';
import { type Requeue, requeueOf } from '../../../src/parked/requeue.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';
import { AT, type Example, parked, parkedResult } from './parked.ts';

const NOW = AT + 60_000;
const again = (parkedOne: Message, withoutExpiry = false): Requeue => requeueOf(parkedOne, { now: NOW, withoutExpiry });
const sent = (parkedOne: Message, withoutExpiry = false): Extract<Requeue, { kind: 'send' }> => {
  const wanted = again(parkedOne, withoutExpiry);
  if (wanted.kind !== 'send') throw new Error(`refused: ${wanted.why}`);
  return wanted;
};

describe('a workitem that is sent again', () => {
  const example: Example = {
    run: 'run-1',
    body: 'any \0 bytes',
    properties: { correlationId: 'c', replyTo: 'r', priority: 3, contentType: 'text/plain', timestamp: 1 },
    headers: {
      'x-mine': [1, { deep: true }],
      traceparent: '00-a-b-01',
      tracestate: 'k=v',
      baggage: 'b=1',
      [HEADER.user]: 'sender',
      [HEADER.routed]: 'resize',
      [HEADER.attempt]: 5,
      [HEADER.crashes]: 2,
      [HEADER.suspicions]: 1,
      [HEADER.postponements]: 1,
      [HEADER.redeliveries]: 4,
      [HEADER.maxAttempts]: 5,
    },
    extra: { [HEADER.reported]: true, [HEADER.trace]: 'Error: x' },
  };

  it('goes to the queue of its type, and must arrive there', () => {
    const { outgoing } = sent(parked(example));
    expect(outgoing).toMatchObject({ exchange: '', routingKey: 'worker_resize', mandatory: true });
    expect(outgoing.properties.deliveryMode).toBe(2);
  });

  it('is what it was: body, properties, the headers of its sender, its trace context', () => {
    const { outgoing } = sent(parked(example));
    expect(outgoing.body.toString()).toBe('any \0 bytes');
    expect(outgoing.properties).toEqual({ messageId: 'id-1', ...example.properties, deliveryMode: 2 });
    const { traceparent, tracestate, baggage, [HEADER.user]: user, [HEADER.maxAttempts]: most } = outgoing.headers;
    expect([outgoing.headers['x-mine'], traceparent, tracestate, baggage, user, most]).toEqual([
      [1, { deep: true }],
      '00-a-b-01',
      'k=v',
      'b=1',
      'sender',
      5,
    ]);
  });

  it('begins a new life, which names the one before', () => {
    const { outgoing, run } = sent(parked(example));
    expect(run).toMatch(/^[0-9a-f-]{36}$/);
    const expected = { [HEADER.run]: run, [HEADER.runOf]: 'run-1', [HEADER.attempt]: 1 };
    expect(outgoing.headers).toMatchObject({ ...expected, [HEADER.accepted]: NOW, [HEADER.queued]: NOW });
    for (const name of [HEADER.crashes, HEADER.suspicions, HEADER.postponements, HEADER.redeliveries]) {
      expect(outgoing.headers).not.toHaveProperty(name);
    }
  });

  it('no longer says why it was parked', () => {
    const { headers } = sent(parked(example)).outgoing;
    const story = [HEADER.reason, HEADER.error, HEADER.when, HEADER.where, HEADER.queue, HEADER.reported, HEADER.trace];
    expect(story.filter((name) => name in headers)).toEqual([]);
  });

  it('goes to the dispatcher where nobody knows its type, or what it says is none', () => {
    const untyped = parked({ headers: { [HEADER.type]: undefined }, queue: TASKQUEUE, reason: 'unreadable' });
    expect(sent(untyped)).toMatchObject({ outgoing: { routingKey: TASKQUEUE }, run: null });
    expect(sent(parked({ type: 'bad/type', queue: TASKQUEUE })).outgoing.routingKey).toBe(TASKQUEUE);
  });

  it('is refused where its headers could not be kept', () => {
    const headers = { big: 'x'.repeat(100_000) };
    expect(again(parked({ headers, reason: 'uncarriable' }))).toEqual({
      kind: 'refused',
      why: expect.stringMatching(/tq-original-headers/),
    });
  });

  it('is refused once it has expired, unless that is not to count', () => {
    const expired = parked({ headers: { [HEADER.expires]: NOW } });
    expect(again(expired)).toMatchObject({ kind: 'refused', why: expect.stringMatching(/expired on 2026-/) });
    expect(sent(expired, true).outgoing.headers).not.toHaveProperty(HEADER.expires);
    expect(sent(parked({ headers: { [HEADER.expires]: NOW + 1 } })).outgoing.headers[HEADER.expires]).toBe(NOW + 1);
  });

  it('never carries what belongs to the hop behind it', () => {
    const odd = parked({ run: 'r' });
    const headers = { ...odd.headers, 'x-death': [{}], 'x-delivery-count': 7, CC: ['a'] };
    expect(Object.keys(sent({ ...odd, headers }).outgoing.headers).filter((name) => !name.startsWith('tq-'))).toEqual(
      [],
    );
  });
});

describe('a result that is sent again', () => {
  it('goes to where it was to go, as it was', () => {
    const { outgoing, run } = sent(parkedResult({ to: 'their_queue', headers: { traceparent: 't' } }));
    expect(run).toBeNull();
    expect(outgoing).toMatchObject({
      routingKey: 'their_queue',
      mandatory: true,
      properties: { correlationId: 'id-1', deliveryMode: 2 },
      headers: { [HEADER.id]: 'id-1', [HEADER.run]: 'run-1', [HEADER.status]: 'finished', traceparent: 't' },
    });
    expect(outgoing.headers).not.toHaveProperty(HEADER.kind);
    expect(outgoing.headers).not.toHaveProperty(HEADER.runOf);
    expect(outgoing.body.toString()).toBe('{"a": 1}');
  });

  it.each(['taskqueue', 'taskqueue.dead', 'worker_resize'])(
    'is refused where it would come back to us, to %s',
    (to) => {
      expect(again(parkedResult({ to }))).toMatchObject({ kind: 'refused', why: expect.stringContaining(to) });
    },
  );

  it('is refused where nothing says where it is to go', () => {
    expect(again(message('x', { headers: { [HEADER.kind]: 'result' } }))).toMatchObject({ kind: 'refused' });
  });
});
