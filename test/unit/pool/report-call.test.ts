import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD } from '../../../src/broker/topology.ts';
import {
  carryOutReport,
  type ReportCall,
  whyNotThere,
  whyNotThis,
  whyNotWithThese,
} from '../../../src/pool/report-call.ts';
import { CONFIRMED, ending, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { jobOf, type More, workitem } from './fixtures.ts';

let tools: FakeTools;
let delivery: FakeDelivery;

beforeEach(() => {
  tools = fakeTools();
});

const BODY = Buffer.from('said');
const ELSEWHERE: ReportCall = {
  kind: 'publish',
  job: 1,
  call: 1,
  target: { exchange: 'events', routingKey: 'done' },
  status: 'finished',
  properties: { contentType: 'text/plain' },
  headers: { mine: 1 },
};
const DEFAULT: ReportCall = { ...ELSEWHERE, target: null };

async function carriedOut(
  call: Partial<ReportCall>,
  options = {},
  body = BODY,
  more: More = {},
): Promise<string | null> {
  delivery = tools.broker.delivery('worker_w', workitem('{"a":1}', more));
  let isDone = false;
  const done = carryOutReport(tools, jobOf(delivery, options), { ...ELSEWHERE, ...call }, body).finally(() => {
    isDone = true;
  });
  await tools.clock.advance(0);
  while (!isDone) await tools.clock.advance(500);
  return done;
}

describe('a plugin may publish', () => {
  it.each([
    ['', 'anything'],
    ['', 'taskqueues'],
    ['', 'workers'],
    ['events', 'taskqueue'],
    ['events', 'worker_w'],
    ['amq.topic', ''],
  ])('to exchange "%s", routing key "%s"', (exchange, routingKey) => {
    expect(whyNotThere({ exchange, routingKey }, null)).toBeUndefined();
  });

  it.each([
    ['', 'taskqueue'],
    ['', 'taskqueue.dead'],
    ['', 'worker_w'],
    ['', 'worker_'],
    ['taskqueue.unroutable', 'x'],
    ['taskqueue.delay.3', '0.0.1.worker_w'],
  ])('but never to what is the task queue itself: exchange "%s", routing key "%s"', (exchange, routingKey) => {
    expect(whyNotThere({ exchange, routingKey }, null)).toContain('belongs to the task queue itself');
    expect(whyNotThere({ exchange, routingKey }, ['*'])).toContain('belongs to the task queue itself');
  });

  it.each([
    ['', 'log', true],
    ['', 'log.w', false],
    ['', 'stats.a.b', true],
    ['events', 'done', true],
    ['events', 'done.twice', false],
    ['audit', 'anything', true],
    ['other', 'log', false],
  ])('only where may_publish lets it: exchange "%s", routing key "%s": %s', (exchange, routingKey, isAllowed) => {
    const mayPublish = ['log', 'stats.*', 'events/done', 'audit/*'];
    expect(whyNotThere({ exchange, routingKey }, mayPublish) === undefined).toBe(isAllowed);
  });

  it('nowhere where may_publish is empty', () => {
    expect(whyNotThere({ exchange: '', routingKey: 'log' }, [])).toContain('may_publish');
  });
});

describe('a plugin may not say', () => {
  it('what makes the broker close the channel that others publish on', () => {
    expect(whyNotThis({ contentType: 'x', expiration: '5000', priority: 3 })).toBeUndefined();
    expect(whyNotThis({ userId: 'guest' })).toContain('userId');
    for (const expiration of ['', 'soon', '-1', '1.5', '4294967296', '9'.repeat(30)]) {
      expect(whyNotThis({ expiration }), expiration).toContain('expiration');
    }
    expect(whyNotThis({ expiration: '4294967295' })).toBeUndefined();
  });

  it('nor the whole connection', () => {
    const decimal = { '!': 'decimal', value: { places: 1, digits: 5 } };
    for (const headers of [{ d: decimal }, { d: [1, { e: decimal }] }, { 'x-stream-filter-value': 1 }]) {
      expect(whyNotWithThese(headers), JSON.stringify(headers)).toContain('the header');
    }
    const fine = { t: { '!': 'timestamp', value: 5 }, n: null, l: [1, 'x'], 'x-stream-filter-value': 'eu' };
    expect(whyNotWithThese(fine)).toBeUndefined();
  });

  it('and then it says so instead of publishing', async () => {
    const headers = { d: { '!': 'decimal', value: { places: 1, digits: 5 } } };
    expect(await carriedOut({ headers })).toBe('the header "d" holds a decimal');
    expect(tools.broker.published).toEqual([]);
  });
});

describe('a message elsewhere', () => {
  it('is published persistently and mandatory, as it is', async () => {
    expect(await carriedOut({})).toBeNull();
    expect(tools.broker.published).toEqual([
      {
        exchange: 'events',
        routingKey: 'done',
        mandatory: true,
        properties: { contentType: 'text/plain', deliveryMode: 2 },
        headers: { mine: 1 },
        body: BODY,
      },
    ]);
  });

  it('loses the headers that would lead around may_publish', async () => {
    await carriedOut({ headers: { CC: ['worker_w'], BCC: ['taskqueue'], 'x-death': [], mine: 1 } });
    expect(tools.broker.published[0]?.headers).toEqual({ mine: 1 });
  });

  it('is not published where it may not be, or says what it may not', async () => {
    expect(await carriedOut({ target: { exchange: '', routingKey: 'worker_w' } })).toContain('task queue');
    expect(await carriedOut({}, { mayPublish: [] })).toContain('may_publish');
    expect(await carriedOut({ properties: { userId: 'root' } })).toContain('userId');
    expect(await carriedOut({}, {}, Buffer.alloc(1_001))).toContain('max_message_size');
    expect(tools.broker.published).toEqual([]);
  });

  it.each(['returned', 'refused', 'unwritable'] as const)('that ends %s is told to the plugin', async (kind) => {
    tools.broker.answer = () => ending(kind, 'no room');
    expect(await carriedOut({})).toBe('no room');
  });

  it('is published again where nobody knows how it ended', async () => {
    let times = 0;
    tools.broker.answer = () => (++times < 3 ? ending('unknown') : CONFIRMED);
    expect(await carriedOut({})).toBeNull();
    expect(times).toBe(3);
  });

  it('is given up once the delivery is gone: another worker will report', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return ending('unknown');
    };
    expect(await carriedOut({})).toContain('delivery of this workitem is gone');
  });
});

it('a report that is lost with its delivery stays lost, whatever becomes of another call of that moment', async () => {
  delivery = tools.broker.delivery('worker_w', workitem());
  const job = jobOf(delivery, { mayPublish: [] });
  delivery.lose();
  await carryOutReport(tools, job, DEFAULT, BODY);
  expect(await carryOutReport(tools, job, ELSEWHERE, BODY)).toContain('may_publish');
  expect(job.hasLostReport).toBe(true);
});

describe('a default report', () => {
  it('goes where the pool would send it', async () => {
    expect(await carriedOut(DEFAULT)).toBeNull();
    expect(tools.broker.published).toMatchObject([
      {
        exchange: '',
        routingKey: 'results',
        properties: { contentType: 'text/plain', correlationId: 'm' },
        headers: { 'tq-status': 'finished', 'tq-id': 'm', 'tq-type': 'w' },
      },
    ]);
    expect(tools.broker.published[0]?.headers).not.toHaveProperty('mine');
  });

  it('answers whoever asked for the reply', async () => {
    await carriedOut({ ...DEFAULT, status: 'failed' }, {}, BODY, { properties: { replyTo: 'mine' } });
    expect(tools.broker.published).toMatchObject([{ routingKey: 'mine', headers: { 'tq-status': 'failed' } }]);
  });

  it('goes nowhere where results are not published', async () => {
    expect(await carriedOut(DEFAULT, { resultsRoutingKey: '' })).toBeNull();
    expect(tools.broker.published).toEqual([]);
  });

  it('that has no place to go is parked, which is no fault of the plugin', async () => {
    tools.broker.answer = ({ routingKey }) => (routingKey === 'results' ? ending('unwritable') : CONFIRMED);
    expect(await carriedOut(DEFAULT)).toBeNull();
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-kind': 'result' });
  });

  it('settles nothing: that is done when the plugin is', async () => {
    await carriedOut(DEFAULT);
    expect(delivery.end).toBeNull();
  });
});
