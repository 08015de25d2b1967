import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import type { WorkerOptions } from '../../../src/config/config.ts';
import type { Outcome } from '../../../src/pool/settlement.ts';
import { Settling } from '../../../src/pool/settling.ts';
import { CONFIRMED, ending, type FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { jobOf, workitem } from './fixtures.ts';

let tools: FakeTools;
let settling: Settling;
const DONE: Outcome = { kind: 'finished', result: { contentType: 'text/plain', body: Buffer.from('done') } };

beforeEach(() => {
  tools = fakeTools();
  settling = new Settling(tools);
});

const delivered = (isAgain = false): FakeDelivery => tools.broker.delivery('worker_w', workitem(), isAgain);
const results = (): number => tools.broker.publishedTo('results').length;

/** A job that a process is working on. */
function running(delivery: FakeDelivery, options: Partial<WorkerOptions> = {}): ReturnType<typeof jobOf> {
  const job = jobOf(delivery, options);
  settling.begins(job);
  return job;
}

describe('an outcome', () => {
  it('is settled, and counted', async () => {
    const delivery = delivered();
    settling.settle(running(delivery), DONE);
    await settling.idle();
    expect([delivery.end, settling.settled]).toEqual(['acked', 1]);
  });

  it('waits for its confirm, and idle for it', async () => {
    let confirm: (outcome: PublishOutcome) => void = () => undefined;
    tools.broker.answer = () => new Promise((resolve) => (confirm = resolve));
    settling.settle(running(delivered()), DONE);
    let isIdle = false;
    void settling.idle().then(() => {
      isIdle = true;
    });
    await tools.clock.advance(60_000);
    expect(isIdle).toBe(false);
    confirm(CONFIRMED);
    await tools.clock.advance(0);
    expect(isIdle).toBe(true);
  });
});

describe('a delivery that is lost while its job runs', () => {
  it('is adopted when it comes again, and its outcome settles that one', async () => {
    const [first, again] = [delivered(), delivered(true)];
    const job = running(first);
    first.lose();
    expect(settling.adopts(again)).toBeDefined();
    settling.settle(job, DONE);
    await settling.idle();
    expect([again.end, results(), settling.settled]).toEqual(['acked', 1, 1]);
  });

  it('is adopted as often as it is lost', async () => {
    const all = [delivered(), delivered(true), delivered(true), delivered(true)] as const;
    const job = running(all[0]);
    for (const next of all.slice(1)) {
      job.delivery.isOpen && (job.delivery as FakeDelivery).lose();
      expect(settling.adopts(next)).toBeDefined();
    }
    settling.settle(job, DONE);
    await settling.idle();
    expect(all[3].end).toBe('acked');
  });

  it('has its outcome kept until it comes again, and is settled at once then', async () => {
    const [first, again] = [delivered(), delivered(true)];
    const job = running(first);
    first.lose();
    settling.settle(job, DONE);
    await settling.idle();
    expect([results(), settling.settled]).toEqual([0, 0]);
    expect(settling.adopts(again)).toBeDefined();
    await settling.idle();
    expect([again.end, results(), settling.settled]).toEqual(['acked', 1, 1]);
    expect(settling.adopts(delivered(true))).toBeUndefined();
  });

  it('that comes again while its outcome is being settled is settled instead', async () => {
    const [first, again] = [delivered(), delivered(true)];
    const job = running(first);
    tools.broker.answer = () => {
      if (again.isOpen && first.isOpen) {
        first.lose();
        expect(settling.adopts(again)).toBeDefined();
        return ending('unknown');
      }
      return CONFIRMED;
    };
    settling.settle(job, DONE);
    await tools.clock.advance(10_000);
    await settling.idle();
    expect([again.end, settling.settled]).toEqual(['acked', 1]);
  });

  it('has its result published once, though the acknowledgement came too late', async () => {
    const first = delivered();
    const job = running(first);
    tools.broker.answer = ({ routingKey }) => {
      if (routingKey === 'results') first.lose();
      return CONFIRMED;
    };
    settling.settle(job, DONE);
    await settling.idle();
    const again = delivered(true);
    expect(settling.adopts(again)).toBeDefined();
    await settling.idle();
    expect([again.end, tools.broker.publishedTo('results').length]).toEqual(['acked', 1]);
  });

  it('and that was handed back is the business of the broker alone', async () => {
    const first = delivered();
    const job = running(first);
    first.lose();
    settling.settle(job, { kind: 'handedBack' });
    await settling.idle();
    expect(settling.adopts(delivered(true))).toBeUndefined();
  });
});

describe('what follows is confirmed, and the acknowledgement comes too late', () => {
  const THREW: Outcome = { kind: 'threw', failure: { error: 'no', trace: '' }, result: null };
  const OVER: Outcome = { kind: 'overtime', limitMs: 1, lastLines: '' };
  const copies = (): number => tools.broker.published.length;

  it.each<[string, Outcome, Partial<WorkerOptions>]>([
    ['it waits for its next attempt', THREW, { maxAttempts: 3 }],
    ['it is at the end of its queue, for another process', { kind: 'interrupted' }, {}],
    ['it is at the end of its queue, since it only waited here', { kind: 'notStarted' }, {}],
    ['it waits to run alone', { kind: 'postponed', afterMs: 1_000 }, {}],
    ['it is parked', { kind: 'rejected', error: 'no' }, {}],
    ['it has failed, and is parked as well', OVER, { maxAttempts: 2, resultsRoutingKey: '' }],
  ])('there is not a second one of it when it is delivered again: %s', async (_, outcome, options) => {
    const first = tools.broker.delivery('worker_w', workitem('', { headers: { 'tq-attempt': 2 } }));
    const job = running(first, options);
    tools.broker.answer = () => {
      first.lose();
      return CONFIRMED;
    };
    settling.settle(job, outcome);
    await settling.idle();
    const again = tools.broker.delivery('worker_w', first.message, true);
    expect(settling.adopts(again)).toBeDefined();
    await settling.idle();
    expect([again.end, copies()]).toEqual(['acked', 1]);
  });

  it('nor where it is delivered again before the confirm', async () => {
    const [first, again] = [delivered(), delivered(true)];
    const job = running(first, { maxAttempts: 2 });
    tools.broker.answer = () => {
      if (first.isOpen) first.lose();
      settling.adopts(again);
      return CONFIRMED;
    };
    settling.settle(job, THREW);
    await settling.idle();
    expect([again.end, copies()]).toEqual(['acked', 1]);
  });

  it('nor of one that no process has had', async () => {
    const first = delivered(true);
    const job = jobOf(first);
    tools.broker.answer = () => {
      first.lose();
      return CONFIRMED;
    };
    const counts = { ...job.counts, redeliveries: 1 };
    settling.divert(job, { kind: 'again', afterMs: 0, counts, why: 'delivered again' });
    await settling.idle();
    const again = delivered(true);
    expect(settling.adopts(again)).toBeDefined();
    await settling.idle();
    expect([again.end, copies()]).toEqual(['acked', 1]);
  });
});

describe('what has had its last outcome, and is acknowledged too late', () => {
  it('does not run again, though another pool has counted it meanwhile', async () => {
    const first = tools.broker.delivery('worker_w', workitem('', { headers: { 'tq-attempt': 2 } }));
    tools.broker.answer = ({ routingKey }) => {
      if (routingKey === 'taskqueue.dead') first.lose();
      return CONFIRMED;
    };
    const threw: Outcome = { kind: 'threw', failure: { error: 'no', trace: '' }, result: null };
    settling.settle(running(first, { maxAttempts: 2 }), threw);
    await settling.idle();
    const counted = workitem('', { headers: { 'tq-attempt': 2, 'tq-redeliveries': 1, 'tq-queued': 77 } });
    const again = tools.broker.delivery('worker_w', counted);
    expect(settling.adopts(again)).toBeDefined();
    await settling.idle();
    expect([again.end, tools.broker.publishedTo('taskqueue.dead').length]).toEqual(['acked', 1]);
  });
});

describe('a redelivery of what is not known here', () => {
  it('such as what was passed on from here, and is all that is left of it, is not adopted', async () => {
    const first = delivered();
    tools.broker.answer = () => {
      first.lose();
      return CONFIRMED;
    };
    settling.settle(running(first), { kind: 'interrupted' });
    await settling.idle();
    const [copy] = tools.broker.published;
    const again = tools.broker.delivery('worker_w', copy as Outgoing, true);
    expect(settling.adopts(again)).toBeUndefined();
  });

  it('is not adopted', async () => {
    expect(settling.adopts(delivered(true))).toBeUndefined();
    settling.settle(running(delivered()), DONE);
    await settling.idle();
    expect(settling.adopts(delivered(true))).toBeUndefined();
  });
});

describe('a mistake of ours', () => {
  it('hands the delivery back after a pause, and nothing is left open', async () => {
    tools.broker.answer = () => {
      throw new RangeError('a mistake');
    };
    const delivery = delivered();
    settling.settle(running(delivery), DONE);
    await tools.clock.advance(4_999);
    expect(delivery.end).toBeNull();
    await tools.clock.advance(1);
    await settling.idle();
    expect(delivery.end).toBe('requeued');
    expect(tools.lines.map(({ level }) => level)).toContain('error');
  });

  it('keeps no second delivery of it: that would be held for as long as there is a connection', async () => {
    let fail: (err: Error) => void = () => undefined;
    tools.broker.answer = () => new Promise((_, reject) => (fail = reject));
    const delivery = delivered();
    const job = running(delivery);
    job.lease = 'its lease';
    settling.settle(job, DONE);
    const lease = tools.broker.delivery('taskqueue.lease.here', workitem('', { headers: { 'tq-lease': job.lease } }));
    expect(settling.adoptsLease(lease)).toBe(true);
    fail(new RangeError('a mistake'));
    await tools.clock.advance(5_000);
    expect([delivery.end, lease.end]).toEqual(['requeued', 'acked']);
  });

  it('in deciding is no different', async () => {
    const delivery = delivered();
    const broken = { ...running(delivery), plan: undefined } as unknown as ReturnType<typeof jobOf>;
    settling.settle(broken, DONE);
    await tools.clock.advance(5_000);
    expect(delivery.end).toBe('requeued');
  });
});

it('a diversion is carried out, and counts as no outcome', async () => {
  const delivery = delivered(true);
  const job = jobOf(delivery);
  settling.divert(job, {
    kind: 'again',
    afterMs: 0,
    counts: { ...job.counts, redeliveries: 1 },
    why: 'delivered again',
  });
  await settling.idle();
  expect(tools.broker.publishedTo('worker_w')).toMatchObject([{ headers: { 'tq-redeliveries': 1 } }]);
  expect([delivery.end, settling.settled]).toEqual(['acked', 0]);
});

it('what only waited here, or goes back unfinished, is not counted as settled', async () => {
  for (const outcome of [{ kind: 'notStarted' }, { kind: 'handedBack' }] as const) {
    settling.settle(running(delivered()), outcome);
  }
  settling.settle(running(delivered()), DONE);
  await settling.idle();
  expect(settling.settled).toBe(1);
});
