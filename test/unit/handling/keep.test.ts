import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD, delayRoute, UNROUTABLE } from '../../../src/broker/topology.ts';
import { keep, park, publishForCertain, setAside } from '../../../src/handling/keep.ts';
import { CONFIRMED, ending, type FakeDelivery, inTurn } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

let tools: FakeTools;
let delivery: FakeDelivery;
const WORKITEM = message('body', { properties: { messageId: 'm' }, headers: { 'tq-run': 'run', 'tq-accepted': 1 } });

beforeEach(() => {
  tools = fakeTools('dispatcher');
  delivery = tools.broker.delivery('taskqueue', WORKITEM);
});

describe('parking', () => {
  it('publishes the message with its story, to where an operator finds it', async () => {
    const why = { reason: 'invalid', error: 'it is odd', queue: 'taskqueue', extra: { 'tq-reported': true } } as const;
    expect(await park(tools, delivery, WORKITEM, why)).toBe(true);
    const [parked] = tools.broker.publishedTo(DEAD);
    expect(parked).toMatchObject({ mandatory: true, body: WORKITEM.body, properties: { messageId: 'm' } });
    expect(parked?.headers).toEqual({
      'tq-run': 'run',
      'tq-accepted': 1,
      'tq-reported': true,
      'tq-reason': 'invalid',
      'tq-error': 'it is odd',
      'tq-when': new Date(tools.clock.now()).toISOString(),
      'tq-where': 'host dispatcher',
      'tq-queue': 'taskqueue',
    });
  });

  it('settles nothing by itself', async () => {
    await park(tools, delivery, WORKITEM, { reason: 'invalid', error: '', queue: '' });
    expect(delivery.end).toBeNull();
  });
});

it('what is set aside goes to taskqueue.unroutable', async () => {
  await setAside(tools, delivery, WORKITEM, { reason: 'unroutable', error: 'no queue', queue: 'worker_w' });
  expect(tools.broker.publishedTo(UNROUTABLE)).toHaveLength(1);
});

describe('publishing for certain', () => {
  /** Lets time pass until it is done. */
  async function outcomeOf(done: Promise<boolean>): Promise<boolean> {
    let outcome: boolean | undefined;
    void done.then((one) => {
      outcome = one;
    });
    while (outcome === undefined) await tools.clock.advance(1_000);
    return outcome;
  }

  it('goes on until it is confirmed, whatever comes first', async () => {
    tools.broker.answer = inTurn(ending('refused'), ending('returned'), ending('unknown'), CONFIRMED);
    expect(await outcomeOf(keep(tools, delivery, WORKITEM, DEAD))).toBe(true);
    expect(tools.broker.publishedTo(DEAD)).toHaveLength(4);
  });

  it('says each time that it could not', async () => {
    tools.broker.answer = inTurn(ending('refused', 'it is full'), CONFIRMED);
    await outcomeOf(keep(tools, delivery, WORKITEM, DEAD));
    expect(tools.lines).toEqual([
      {
        level: 'warn',
        fields: { workitem: 'm', type: undefined, queue: DEAD, reason: 'it is full' },
        message: 'not kept by the broker yet: trying again',
      },
    ]);
  });

  it('says nothing loud of a queue that is missing once: it may be on its way', async () => {
    tools.broker.answer = inTurn(ending('returned'), ending('returned'), CONFIRMED);
    await outcomeOf(keep(tools, delivery, WORKITEM, DEAD));
    expect(tools.lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
  });

  it('is called off when the delivery is gone', async () => {
    tools.broker.answer = () => {
      delivery.lose();
      return ending('refused');
    };
    expect(await outcomeOf(keep(tools, delivery, WORKITEM, DEAD))).toBe(false);
  });

  it('declares the internal queues again where one is missing', async () => {
    tools.broker.answer = inTurn(ending('returned'), CONFIRMED);
    await outcomeOf(keep(tools, delivery, WORKITEM, UNROUTABLE));
    expect(tools.broker.declaredQueues).toContain(UNROUTABLE);
  });

  it('declares them where an exchange is missing, which shows as a refusal', async () => {
    tools.broker.answer = inTurn(ending('refused', 'no exchange'), CONFIRMED);
    const delayed = { ...WORKITEM, ...delayRoute(5, 'worker_w'), mandatory: true };
    await outcomeOf(publishForCertain(tools, delivery, delayed));
    expect(tools.broker.declaredQueues).toContain('taskqueue.delay.2');
  });

  it('parks what cannot be written there: no repetition could help', async () => {
    const route = delayRoute(5, 'worker_w');
    tools.broker.answer = ({ routingKey }) => (routingKey === DEAD ? CONFIRMED : ending('unwritable', 'too long'));
    expect(await publishForCertain(tools, delivery, { ...WORKITEM, ...route, mandatory: true })).toBe(true);
    expect(tools.broker.published).toHaveLength(2);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({
      'tq-reason': 'uncarriable',
      'tq-error': 'too long',
    });
  });

  it('pauses ever longer, up to half a minute, so that a full queue is not a busy one', async () => {
    const times: number[] = [];
    tools.broker.answer = () => {
      times.push(tools.clock.now());
      return times.length < 15 ? ending('refused') : CONFIRMED;
    };
    await outcomeOf(keep(tools, delivery, WORKITEM, DEAD));
    const pauses = times.slice(1).map((at, n) => at - (times[n] as number));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    expect(Math.min(...pauses.slice(-3))).toBeGreaterThanOrEqual(15_000);
  });
});
