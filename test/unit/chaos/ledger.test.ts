import { describe, expect, it } from 'vitest';
import { isGood, type LedgerEvent, type Outcome, openIn, type Verdict, verdictOf } from '../../chaos/ledger.ts';
import { type Expected, type Order, orderOf } from '../../chaos/workload.ts';

const ID = 'one';

describe('the books', () => {
  it('are in order where everything that was confirmed has the one outcome that it must have', () => {
    const verdict = judge('finished', result('finished'));
    expect(verdict).toMatchObject({ sent: 1, confirmed: 1, ended: { finished: 1, failed: 0 }, duplicates: 0 });
    expect(isGood(verdict)).toBe(true);
  });

  it('show as lost what was confirmed and has no outcome, and nothing that was not confirmed', () => {
    const lost = judge('finished');
    expect(lost.lost).toEqual([ID]);
    expect(isGood(lost)).toBe(false);
    const unconfirmed = verdictOf([sent('finished')], new Map());
    expect(unconfirmed).toMatchObject({ sent: 1, confirmed: 0, lost: [] });
    expect(isGood(unconfirmed)).toBe(true);
  });

  it('show innocents that were parked or failed', () => {
    for (const outcome of [dead('crashed'), result('failed')]) {
      const verdict = judge('finished', outcome);
      expect(verdict.innocents).toEqual([ID]);
      expect(isGood(verdict)).toBe(false);
    }
  });

  it('show two different outcomes, but take a failed result and its entry in taskqueue.dead for one', () => {
    const twice = judge('finished', result('finished'), dead('crashed'));
    expect(twice.different).toEqual([ID]);
    expect(isGood(twice)).toBe(false);
    expect(isGood(judge('failed', result('failed'), { ...dead('failed'), isReported: true }))).toBe(true);
  });

  it('show a failed one whose entry in taskqueue.dead is missing', () => {
    const verdict = judge('failed', result('failed'));
    expect(verdict.withoutCopy).toEqual([ID]);
    expect(isGood(verdict)).toBe(false);
  });

  it('show an outcome other than expected, and outcomes of what nobody sent', () => {
    expect(judge('expired', result('finished')).unexpected).toEqual([ID]);
    expect(verdictOf([result('finished')], new Map()).strangers).toEqual([ID]);
  });

  it('count second results, but not what the broker only delivered to the collector again', () => {
    const again = { ...result('finished'), isRedelivered: true };
    expect(judge('finished', result('finished'), again).duplicates).toBe(0);
    expect(judge('finished', result('finished'), { ...again, mark: 'another run' }).duplicates).toBe(1);
    expect(judge('finished', result('finished'), result('finished')).duplicates).toBe(1);
  });

  it('count what handlers began more than once, among those that begin once', () => {
    const events = [sent('finished'), { kind: 'confirmed', id: ID } as const, result('finished')];
    expect(verdictOf(events, new Map([[ID, 3]])).extraRuns).toBe(2);
    const crashing: LedgerEvent = { kind: 'sent', order: { ...orderFor('finished'), runsOnce: false } };
    expect(verdictOf([crashing, ...events.slice(1)], new Map([[ID, 3]])).extraRuns).toBe(0);
  });

  it('know what is still to come', () => {
    const confirmed = { kind: 'confirmed', id: ID } as const;
    const open = (...events: LedgerEvent[]): number => openIn(events).length;
    expect(open(sent('failed'))).toBe(0);
    expect(open(sent('failed'), confirmed)).toBe(1);
    expect(open(sent('failed'), confirmed, result('failed'))).toBe(1);
    expect(open(sent('failed'), confirmed, result('failed'), dead('failed'))).toBe(0);
  });
});

it('the workload has the same workitems for the same seed, whenever they are sent', () => {
  const ordersAt = (now: number): unknown[] =>
    Array.from({ length: 200 }, (_, n) => ({ ...orderOf(5, n, now, false), headers: null }));
  expect(ordersAt(1)).toEqual(ordersAt(1_000_000));
  expect(new Set(ordersAt(1).map((order) => (order as Order).what)).size).toBeGreaterThan(8);
});

function judge(expected: Expected, ...outcomes: readonly Outcome[]): Verdict {
  return verdictOf([sent(expected), { kind: 'confirmed', id: ID }, ...outcomes], new Map());
}

function sent(expected: Expected): LedgerEvent {
  return { kind: 'sent', order: orderFor(expected) };
}

function orderFor(expected: Expected): Order {
  return { ...orderOf(1, 1, 0, false), id: ID, expected, isKept: expected === 'failed', runsOnce: true };
}

function result(said: string): Outcome {
  const where = 'result';
  return {
    kind: 'outcome',
    id: ID,
    where,
    said,
    isReported: false,
    mark: 'run',
    isRedelivered: false,
    host: null,
    startedAt: 0,
  };
}

function dead(reason: string): Outcome {
  return { ...result(reason), where: 'dead', mark: 'parked' };
}
