// Step 8: each settlement, and each way in which its publishes can end.
import { beforeEach, describe, expect, it } from 'vitest';
import type { PublishOutcome } from '../../../src/broker/broker.ts';
import { DEAD, delayRoute, UNROUTABLE } from '../../../src/broker/topology.ts';
import { settle } from '../../../src/pool/settle.ts';
import type { Settlement } from '../../../src/pool/settlement.ts';
import { CONFIRMED, ending, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { jobOf, type More, workitem } from './fixtures.ts';

let tools: FakeTools;
let delivery: FakeDelivery;

beforeEach(() => {
  tools = fakeTools('workerpool');
});

const RESULT = { contentType: 'text/plain', body: Buffer.from('done') };
const FINISHED: Settlement = { kind: 'report', status: 'finished', result: RESULT, error: '', park: null };
const FAILED: Settlement = {
  kind: 'report',
  status: 'failed',
  result: RESULT,
  error: 'it broke',
  park: { reason: 'failed', error: 'it broke', trace: 'at f' },
};
const AGAIN: Settlement = {
  kind: 'again',
  afterMs: 4_400,
  counts: { attempt: 2, crashes: 1, suspicions: 0, postponements: 0, redeliveries: 3 },
  why: 'it broke',
};
const AT_ONCE: Settlement = { ...AGAIN, afterMs: 0 };
const PARK: Settlement = { kind: 'park', refusal: { reason: 'rejected', error: 'no' }, mayTellSender: true };
const CANCELLED: Settlement = { ...FAILED, status: 'cancelled', error: 'cancelled by ada', park: null };
const MINE: More = { properties: { replyTo: 'mine', correlationId: 'c' } };

/** Settles, and lets time pass until that is over. */
async function settled(settlement: Settlement, more: More = {}, resultsRoutingKey = 'results'): Promise<boolean> {
  delivery = tools.broker.delivery('worker_w', workitem('{"a":1}', more));
  let isDone = false;
  const done = settle(tools, jobOf(delivery, { resultsRoutingKey }), settlement).finally(() => {
    isDone = true;
  });
  await tools.clock.advance(0);
  while (!isDone) await tools.clock.advance(500);
  return done;
}

/** One place answers in turn, the last answer from then on; all others confirm. */
function answerAt(place: string, ...outcomes: PublishOutcome[]): void {
  tools.broker.answer = ({ exchange, routingKey }) =>
    place === (exchange || routingKey)
      ? ((outcomes.length > 1 ? outcomes.shift() : outcomes[0]) as PublishOutcome)
      : CONFIRMED;
}
const places = (): string[] => tools.broker.published.map(({ exchange, routingKey }) => exchange || routingKey);

describe('a finished one', () => {
  it('is acknowledged only after its result is confirmed', async () => {
    expect(await settled(FINISHED)).toBe(true);
    expect(tools.broker.journal).toEqual(['publish results', 'confirmed results', 'ack worker_w']);
    expect(tools.seen).toMatchObject([{ kind: 'finished', id: 'm', run: 'run', type: 'w', instance: 'w#1' }]);
  });

  it('goes to whoever asked for the reply', async () => {
    await settled(FINISHED, MINE);
    expect(places()).toEqual(['mine']);
    expect(tools.broker.published[0]).toMatchObject({
      properties: { correlationId: 'c', contentType: 'text/plain' },
      headers: { 'tq-status': 'finished', 'tq-id': 'm', 'tq-run': 'run', 'tq-attempt': 1, 'tq-instance': 'w#1' },
    });
  });

  it('may also be one that was cancelled: its sender is told', async () => {
    expect(await settled(CANCELLED, MINE)).toBe(true);
    expect(tools.broker.published).toMatchObject([{ routingKey: 'mine', headers: { 'tq-status': 'cancelled' } }]);
    expect(tools.seen).toMatchObject([{ kind: 'cancelled', id: 'm', run: 'run', error: 'cancelled by ada' }]);
  });

  it('goes nowhere where nobody wants it, and is acknowledged', async () => {
    expect(await settled(FINISHED, {}, '')).toBe(true);
    expect(tools.broker.journal).toEqual(['ack worker_w']);
  });

  it('that its plugin has reported is acknowledged', async () => {
    await settled({ ...FINISHED, result: null });
    expect(tools.broker.journal).toEqual(['ack worker_w']);
  });
});

describe('a failed one', () => {
  it('is reported, then parked as reported, then acknowledged', async () => {
    await settled(FAILED);
    expect(tools.broker.journal.filter((line) => !line.startsWith('publish'))).toEqual([
      'confirmed results',
      `confirmed ${DEAD}`,
      'ack worker_w',
    ]);
    expect(tools.broker.publishedTo('results')[0]?.headers).not.toHaveProperty('tq-reason');
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({
      'tq-reason': 'failed',
      'tq-error': 'it broke',
      'tq-trace': 'at f',
      'tq-reported': true,
      'tq-queue': 'worker_w',
      'tq-run': 'run',
    });
  });
});

describe('the result, where its queue', () => {
  const aside = (queue: string): unknown => tools.broker.publishedTo(queue)[0]?.headers;
  const KEPT = { 'tq-kind': 'result', 'tq-reason': 'undeliverable-result', 'tq-status': 'finished' };

  it('answers unknown, is published again for as long as the delivery is ours', async () => {
    answerAt('results', ending('unknown'), ending('unknown'), CONFIRMED);
    expect(await settled(FINISHED)).toBe(true);
    expect(places()).toEqual(['results', 'results', 'results']);
  });

  it('refuses for a while, is published again', async () => {
    answerAt('results', ending('refused'), CONFIRMED);
    expect(await settled(FINISHED)).toBe(true);
    expect(tools.broker.publishedTo(DEAD)).toEqual([]);
  });

  it.each(['refused', 'unwritable'] as const)('answers %s, is parked as a result', async (kind) => {
    answerAt('results', ending(kind, 'no room'));
    expect(await settled(FINISHED)).toBe(true);
    expect(aside(DEAD)).toMatchObject({ ...KEPT, 'tq-queue': 'results', 'tq-error': 'no room' });
    expect(delivery.end).toBe('acked');
  });

  it('has been deleted, is published once that is declared again', async () => {
    answerAt('results', ending('returned'), CONFIRMED);
    expect(await settled(FINISHED)).toBe(true);
    expect([...tools.broker.declaredQueues]).toEqual(['results']);
    expect(tools.broker.publishedTo(DEAD)).toEqual([]);
  });

  it('cannot be declared either, is parked as a result', async () => {
    answerAt('results', ending('returned'));
    await settled(FINISHED);
    expect(aside(DEAD)).toMatchObject(KEPT);
  });

  it('was a reply queue that has vanished, waits for it aside, and nobody declares it', async () => {
    answerAt('mine', ending('returned'));
    expect(await settled(FINISHED, MINE)).toBe(true);
    expect(aside(UNROUTABLE)).toMatchObject({ ...KEPT, 'tq-queue': 'mine' });
    expect(tools.broker.declared).toEqual([]);
  });

  it('was a reply queue that refuses, is parked as a result', async () => {
    answerAt('mine', ending('refused'));
    await settled(FINISHED, MINE);
    expect(aside(DEAD)).toMatchObject({ ...KEPT, 'tq-queue': 'mine' });
  });
});

describe('another attempt', () => {
  it('waits in the broker, with its counts', async () => {
    const queued = tools.clock.now() + 5_000; // when the broker puts it back into its queue
    expect(await settled(AGAIN)).toBe(true);
    expect(tools.broker.published).toMatchObject([
      {
        ...delayRoute(5, 'worker_w'),
        mandatory: true,
        headers: { 'tq-attempt': 2, 'tq-crashes': 1, 'tq-redeliveries': 3, 'tq-run': 'run', 'tq-queued': queued },
      },
    ]);
    expect(tools.broker.journal.at(-1)).toBe('ack worker_w');
    expect(tools.seen).toMatchObject([{ kind: 'delayed', why: 'it broke', attempt: 2, replyTo: null }]);
  });

  it.each(['unknown', 'returned', 'refused'] as const)('is published until it is kept: %s', async (kind) => {
    answerAt('taskqueue.delay.2', ending(kind), ending(kind), CONFIRMED);
    expect(await settled(AGAIN)).toBe(true);
    expect(tools.broker.published).toHaveLength(3);
  });

  it('that cannot be written is parked', async () => {
    answerAt('taskqueue.delay.2', ending('unwritable'));
    expect(await settled(AGAIN)).toBe(true);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'uncarriable' });
  });
});

describe('one that is published anew at once', () => {
  it('goes to the end of its queue', async () => {
    expect(await settled(AT_ONCE)).toBe(true);
    expect(tools.broker.publishedTo('worker_w')).toMatchObject([
      { mandatory: true, headers: { 'tq-redeliveries': 3 } },
    ]);
    expect(tools.seen).toMatchObject([{ kind: 'queued', queue: 'worker_w', why: 'it broke' }]);
  });

  it('finds its queue declared again where somebody has deleted it', async () => {
    answerAt('worker_w', ending('returned'), CONFIRMED);
    expect(await settled(AT_ONCE)).toBe(true);
    expect([...tools.broker.declaredQueues]).toEqual(['worker_w']);
  });

  it.each([
    ['returned', UNROUTABLE, 'unroutable', 'unroutable'],
    ['refused', UNROUTABLE, 'unroutable', 'unroutable'],
    ['unwritable', DEAD, 'uncarriable', 'parked'],
  ] as const)('waits aside, or is parked, where that stays %s', async (kind, queue, reason, event) => {
    answerAt('worker_w', ending(kind));
    expect(await settled(AT_ONCE)).toBe(true);
    const story = { 'tq-reason': reason, 'tq-queue': 'worker_w', 'tq-redeliveries': 3 };
    expect(tools.broker.publishedTo(queue)[0]?.headers).toMatchObject(story);
    expect(delivery.end).toBe('acked');
    expect(tools.seen.map((seen) => seen.kind)).toEqual([event]);
  });
});

describe('a parked one', () => {
  it('is told to a sender that waits for an answer, as one that is parked', async () => {
    await settled(PARK, MINE);
    expect(places()).toEqual(['mine', DEAD]);
    const told = { 'tq-status': 'failed', 'tq-reason': 'rejected' };
    expect(tools.broker.published[0]?.headers).toMatchObject(told);
    expect(JSON.parse(String(tools.broker.published[0]?.body))).toEqual({ error: 'no', trace: '' });
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reported': true, 'tq-reason': 'rejected' });
  });

  it.each(['returned', 'refused', 'unwritable', 'unknown'] as const)(
    'is parked all the same where that ends %s: it is tried once',
    async (kind) => {
      answerAt('mine', ending(kind));
      expect(await settled(PARK, MINE)).toBe(true);
      expect(places()).toEqual(['mine', DEAD]);
      expect(tools.broker.publishedTo(DEAD)[0]?.headers).not.toHaveProperty('tq-reported');
    },
  );

  it('is parked all the same where the queue of its sender confirms nothing', async () => {
    tools.broker.become('connected');
    tools.broker.answer = ({ routingKey }) => (routingKey === 'mine' ? new Promise(() => undefined) : CONFIRMED);
    expect(await settled(PARK, MINE)).toBe(true);
    expect(places()).toEqual(['mine', DEAD]);
  });

  it('is told to nobody where nobody waits, or where that must not be', async () => {
    await settled(PARK);
    await settled({ ...PARK, mayTellSender: false } as Settlement, MINE);
    expect(places()).toEqual([DEAD, DEAD]);
  });

  it.each(['returned', 'refused', 'unknown'] as const)('is not acknowledged before it is parked: %s', async (kind) => {
    answerAt(DEAD, ending(kind), ending(kind), CONFIRMED);
    expect(await settled(PARK)).toBe(true);
    expect(tools.broker.journal.slice(-2)).toEqual([`confirmed ${DEAD}`, 'ack worker_w']);
  });
});

it('one that is handed back goes back, and nothing is published', async () => {
  expect(await settled({ kind: 'handBack' })).toBe(true);
  expect(tools.broker.journal).toEqual(['requeue worker_w']);
  expect(tools.seen).toMatchObject([{ kind: 'queued', queue: 'worker_w', id: 'm', run: 'run' }]);
});

describe('where the delivery is gone', () => {
  it.each<[string, Settlement]>([
    ['finished', FINISHED],
    ['failed', FAILED],
    ['again', AGAIN],
    ['at once', AT_ONCE],
    ['park', PARK],
  ])('nothing is settled, and nothing goes on for ever: %s', async (_, settlement) => {
    tools.broker.answer = () => {
      delivery.lose();
      return ending('unknown');
    };
    expect(await settled(settlement)).toBe(false);
    expect(tools.broker.published).toHaveLength(1);
    expect(tools.seen).toEqual([]);
  });

  it('between the report and the parking, it is not settled', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return CONFIRMED;
    };
    expect(await settled(FAILED)).toBe(false);
    expect(places()).toEqual(['results']);
  });

  it('between confirm and acknowledgement, it is not settled', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return CONFIRMED;
    };
    for (const settlement of [FINISHED, AGAIN, AT_ONCE, PARK]) expect(await settled(settlement)).toBe(false);
  });
});
