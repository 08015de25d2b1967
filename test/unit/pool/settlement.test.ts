// What follows from each outcome.
import { describe, expect, it } from 'vitest';
import { MAX_DELAY_SECONDS } from '../../../src/broker/topology.ts';
import { type Outcome, type Settlement, settlementOf } from '../../../src/pool/settlement.ts';
import { outcomeOf } from '../../../src/pool/worker-outcome.ts';
import type { EncodedResult } from '../../../src/workitem/encoded-result.ts';
import { job } from './fixtures.ts';

const FAILURE = { error: 'it broke', trace: 'at f' };
const RESULT: EncodedResult = { contentType: 'text/plain', body: Buffer.from('done') };
const text = (settlement: Settlement): unknown =>
  settlement.kind === 'report' && settlement.result ? JSON.parse(settlement.result.body.toString()) : undefined;
const retrying = { maxAttempts: 3 };
const attempt = (n: number): { headers: Record<string, unknown> } => ({ headers: { 'tq-attempt': n } });

describe('finished', () => {
  it('is reported', () => {
    const expected = { kind: 'report', status: 'finished', result: RESULT, error: '', park: null };
    expect(settlementOf(job(), { kind: 'finished', result: RESULT })).toEqual(expected);
  });

  it('is not reported again where the plugin has done so', () => {
    expect(settlementOf(job(), { kind: 'finished', result: null })).toMatchObject({ status: 'finished', result: null });
  });

  it('with a result that is too large has failed, and is not tried again', () => {
    const result = { ...RESULT, body: Buffer.alloc(1_001) };
    const settlement = settlementOf(job({}, retrying), { kind: 'finished', result });
    expect(settlement).toMatchObject({ kind: 'report', status: 'failed', park: null });
    expect(text(settlement)).toEqual({ error: expect.stringMatching(/^result too large: 1001 bytes/), trace: '' });
  });
});

describe('threw', () => {
  const threw: Outcome = { kind: 'threw', failure: FAILURE, result: RESULT };

  it('has another attempt where there is one left', () => {
    expect(settlementOf(job({}, retrying), threw)).toMatchObject({
      kind: 'again',
      counts: { attempt: 2, crashes: 0, suspicions: 0, postponements: 0, redeliveries: 0 },
      why: 'it broke',
    });
  });

  it('is reported and parked where none is left of several', () => {
    expect(settlementOf(job(attempt(3), retrying), threw)).toEqual({
      kind: 'report',
      status: 'failed',
      result: RESULT,
      error: 'it broke',
      park: { reason: 'failed', ...FAILURE },
    });
  });

  it('is only reported where there was one attempt anyway', () => {
    expect(settlementOf(job(), threw)).toMatchObject({ kind: 'report', status: 'failed', park: null });
  });

  it('with a failed result that is too large is reported without the body', () => {
    const result = { ...RESULT, body: Buffer.alloc(1_001) };
    expect(text(settlementOf(job(), { ...threw, result }))).toEqual({ error: 'it broke', trace: '' });
  });
});

describe('overtime', () => {
  const overtime: Outcome = { kind: 'overtime', limitMs: 90_000, lastLines: 'last words' };

  it('is as a throw', () => {
    expect(settlementOf(job({}, retrying), overtime)).toMatchObject({ kind: 'again', counts: { attempt: 2 } });
    expect(text(settlementOf(job(), overtime))).toEqual({
      a: 1,
      error: 'took longer than 90s',
      trace: 'last words',
    });
  });
});

describe('unsupported', () => {
  it('is reported, and never tried again', () => {
    expect(settlementOf(job({}, retrying), { kind: 'unsupported', failure: FAILURE, result: RESULT })).toEqual({
      kind: 'report',
      status: 'failed',
      result: RESULT,
      error: 'it broke',
      park: null,
    });
  });
});

describe('crashed', () => {
  const crashed: Outcome = { kind: 'crashed', how: 'was killed by SIGSEGV', lastLines: 'last words', wasAlone: true };

  it('runs again, and is counted as a crash, not as an attempt', () => {
    expect(settlementOf(job(), crashed)).toMatchObject({
      kind: 'again',
      counts: { attempt: 1, crashes: 1, suspicions: 0, postponements: 0, redeliveries: 0 },
      why: 'its worker process was killed by SIGSEGV',
    });
  });

  it('beside others makes it a suspect, and is not counted as a crash, even as the last one', () => {
    const shared = { ...crashed, wasAlone: false };
    expect(settlementOf(job({ headers: { 'tq-crashes': 2 } }), shared)).toMatchObject({
      kind: 'again',
      counts: { attempt: 1, crashes: 2, suspicions: 1 },
      why: 'its worker process was killed by SIGSEGV, which had other workitems as well',
    });
  });

  it('for the third time is reported and parked with its story', () => {
    const settlement = settlementOf(job({ headers: { 'tq-crashes': 2 } }), crashed);
    const error = 'its worker process was killed by SIGSEGV; it brought down 3 of them';
    expect(settlement).toMatchObject({
      status: 'failed',
      error,
      park: { reason: 'crashed', error, trace: 'last words' },
    });
    expect(text(settlement)).toEqual({ a: 1, error, trace: 'last words' });
  });

  it('fails with JSON where its body cannot be read here', () => {
    const odd = job({ headers: { 'tq-crashes': 2 }, properties: { contentType: 'x/y' } });
    expect(text(settlementOf(odd, crashed))).toMatchObject({ trace: 'last words' });
  });
});

describe('RetryLater', () => {
  const later = (delayMs: number): Settlement => settlementOf(job(), { kind: 'retryLater', delayMs, error: 'not yet' });

  it('is another attempt after that delay, whatever max_attempts says', () => {
    expect(later(90_000)).toEqual({
      kind: 'again',
      afterMs: 90_000,
      counts: { attempt: 2, crashes: 0, suspicions: 0, postponements: 0, redeliveries: 0 },
      why: 'not yet',
    });
  });

  it.each([
    [0, 1_000],
    [999.5, 1_000],
    [1_000.2, 1_001],
    [1e308, MAX_DELAY_SECONDS * 1_000],
  ])('of %d ms is one of %i: never at once, never beyond reach, always whole', (asked, afterMs) => {
    expect(later(asked)).toMatchObject({ afterMs });
  });
});

describe('what no worker handles', () => {
  it.each<[Outcome, string]>([
    [{ kind: 'rejected', error: 'no' }, 'rejected'],
    [{ kind: 'unreadable', error: 'no' }, 'unreadable'],
    [{ kind: 'refused', refusal: { reason: 'too-large', error: 'no' } }, 'too-large'],
  ])('%j is parked at once, and its sender may be told', (outcome, reason) => {
    expect(settlementOf(job({}, retrying), outcome)).toEqual({
      kind: 'park',
      refusal: { reason, error: 'no' },
      mayTellSender: true,
    });
  });

  it.each(['loop', 'uncarriable'] as const)('%s is not told to a sender that cannot be reached', (reason) => {
    const outcome: Outcome = { kind: 'refused', refusal: { reason, error: 'no' } };
    expect(settlementOf(job(), outcome)).toMatchObject({ kind: 'park', mayTellSender: false });
  });

  it('expired is reported as that', () => {
    const settlement = settlementOf(job(), { kind: 'expired' });
    expect(settlement).toMatchObject({ kind: 'report', status: 'expired', park: null });
    expect(text(settlement)).toEqual({ error: 'expired before it was worked on', trace: '' });
  });

  it('cancelled is reported as that, with who did it and why; it is neither tried again nor parked', () => {
    const cancellation = { id: 'm', by: 'ada', reason: 'wrong\nfile', at: 5 };
    const settlement = settlementOf(job({}, retrying), { kind: 'cancelled', cancellation });
    expect(settlement).toMatchObject({ kind: 'report', status: 'cancelled', park: null });
    expect(text(settlement)).toEqual({ error: 'cancelled by ada: wrong\\nfile', trace: '' });
    const without = settlementOf(job(), { kind: 'cancelled', cancellation: { ...cancellation, reason: '' } });
    expect(text(without)).toEqual({ error: 'cancelled by ada', trace: '' });
  });

  it('that only waited here is published anew at once, and none of its counts changes', () => {
    const counts = { attempt: 2, crashes: 1, redeliveries: 4 };
    const headers = { 'tq-attempt': 2, 'tq-crashes': 1, 'tq-redeliveries': 4 };
    expect(settlementOf(job({ headers }), { kind: 'notStarted' })).toMatchObject({ kind: 'again', afterMs: 0, counts });
  });

  it('handed back goes back', () => {
    expect(settlementOf(job(), { kind: 'handedBack' })).toEqual({ kind: 'handBack' });
  });
});

describe('what a worker process says', () => {
  const body = Buffer.from('bytes');
  const UNTOLD = { knowsOfStop: false, hasLostReport: false, cancellation: undefined };

  it('becomes an outcome with the bytes of its frame', () => {
    const result = { contentType: 'x/y', body };
    expect(outcomeOf({ kind: 'finished', contentType: 'x/y' }, body, UNTOLD)).toEqual({ kind: 'finished', result });
    for (const kind of ['threw', 'unsupported'] as const) {
      expect(outcomeOf({ kind, failure: FAILURE, contentType: 'x/y' }, body, UNTOLD)).toEqual({
        kind,
        failure: FAILURE,
        result,
      });
    }
  });

  it('has no result where the plugin has reported itself', () => {
    expect(outcomeOf({ kind: 'finished', contentType: null }, body, UNTOLD)).toEqual({
      kind: 'finished',
      result: null,
    });
    expect(outcomeOf({ kind: 'threw', failure: FAILURE, contentType: null }, body, UNTOLD)).toMatchObject({
      result: null,
    });
  });

  it.each([
    { kind: 'unreadable', error: 'e' },
    { kind: 'retryLater', delayMs: 5, error: 'e' },
    { kind: 'rejected', error: 'e' },
  ] as const)('%j is taken at its word', (said) => {
    expect(outcomeOf(said, body, UNTOLD)).toEqual(said);
  });
});
