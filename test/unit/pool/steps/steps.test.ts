// What stands between a delivery and its handler, step by step, and in which order.
import { describe, expect, it } from 'vitest';
import { diversionOf } from '../../../../src/pool/admission.ts';
import { type Arrival, countsOf, type Diversion } from '../../../../src/pool/arrival.ts';
import { cancelled } from '../../../../src/pool/steps/cancelled.ts';
import { due } from '../../../../src/pool/steps/due.ts';
import { expired } from '../../../../src/pool/steps/expired.ts';
import { redelivered } from '../../../../src/pool/steps/redelivered.ts';
import { refused } from '../../../../src/pool/steps/refused.ts';
import { NOW, workitem } from '../fixtures.ts';

function arrival(headers: Record<string, unknown> = {}, more: Partial<Arrival> = {}): Arrival {
  const message = workitem('{"a":1}', { headers });
  const counts = countsOf(headers);
  return { message, redelivered: false, counts, cancellation: undefined, now: NOW, maxMessageSize: 100, ...more };
}
const again = { redelivered: true };
const cancellation = { id: 'm', by: 'ada', reason: 'no longer wanted', at: 5 };

describe('the counts that a workitem carries', () => {
  it('begin with the first attempt, and nothing else', () => {
    expect(countsOf({})).toEqual({ attempt: 1, crashes: 0, suspicions: 0, postponements: 0, redeliveries: 0 });
  });

  it.each([['x'], [-1], [1.5], [null], [{}], [Number.NaN], [2 ** 60]])('are not misled by %j', (odd) => {
    expect(countsOf({ 'tq-attempt': odd, 'tq-crashes': odd, 'tq-redeliveries': odd })).toEqual(countsOf({}));
  });

  it('are never before the first attempt', () => {
    expect(countsOf({ 'tq-attempt': 0 }).attempt).toBe(1);
    expect(
      countsOf({ 'tq-attempt': 4, 'tq-crashes': 2, 'tq-suspect': 1, 'tq-postponed': 5, 'tq-redeliveries': '3' }),
    ).toEqual({
      attempt: 4,
      crashes: 2,
      suspicions: 1,
      postponements: 5,
      redeliveries: 3,
    });
  });
});

describe('due', () => {
  it.each([
    [NOW + 1, { kind: 'postpone', untilMs: NOW + 1 }],
    [`${NOW + 5}`, { kind: 'postpone', untilMs: NOW + 5 }],
    [NOW, undefined],
    [0, undefined],
  ])('at %j', (at, diversion) => {
    expect(due(arrival({ 'tq-due': at }))).toEqual(diversion);
  });
});

describe('expired', () => {
  it.each([
    [NOW, { kind: 'expire' }],
    [0, { kind: 'expire' }],
    [NOW + 1, undefined],
    [{ '!': 'timestamp', value: NOW }, { kind: 'expire' }],
  ])('at %j', (at, diversion) => {
    expect(expired(arrival({ 'tq-expires': at }))).toEqual(diversion);
  });
});

describe('redelivered', () => {
  it('does not touch what comes for the first time, whatever it has behind it', () => {
    expect(redelivered(arrival({ 'tq-redeliveries': 99 }))).toBeUndefined();
  });

  it('counts it, so that no limit of the broker is ever reached', () => {
    expect(redelivered(arrival({}, again))).toEqual({ kind: 'recount', redeliveries: 1 });
    expect(redelivered(arrival({ 'tq-redeliveries': 48 }, again))).toEqual({ kind: 'recount', redeliveries: 49 });
  });

  it('parks it the fiftieth time', () => {
    const diversion = redelivered(arrival({ 'tq-redeliveries': 49 }, again)) as Extract<Diversion, { kind: 'park' }>;
    expect(diversion).toMatchObject({ kind: 'park', refusal: { reason: 'redelivered' } });
    expect(diversion.refusal.error).toContain('50 times');
  });
});

describe('refused', () => {
  it('holds it against the same list as the dispatcher', () => {
    expect(refused(arrival())).toBeUndefined();
    expect(refused(arrival({ 'tq-lock': 'x' }))).toMatchObject({ kind: 'park', refusal: { reason: 'not-supported' } });
    expect(refused(arrival({}, { maxMessageSize: 1 }))).toMatchObject({ refusal: { reason: 'too-large' } });
  });
});

describe('cancelled', () => {
  it('says by whom and why, and lets pass what nobody has cancelled', () => {
    expect(cancelled(arrival({}, { cancellation }))).toEqual({ kind: 'cancel', cancellation });
    expect(cancelled(arrival())).toBeUndefined();
  });
});

describe('the steps together', () => {
  it('let pass what nothing speaks against', () => {
    expect(diversionOf(arrival())).toBeUndefined();
    expect(diversionOf(arrival({ 'tq-due': NOW, 'tq-expires': NOW + 1, 'tq-redeliveries': 49 }))).toBeUndefined();
  });

  it('park before they count, count before they expire, and expire before they wait', () => {
    const all = { 'tq-expires': 1, 'tq-due': NOW + 1 };
    expect(diversionOf(arrival({ ...all, 'tq-flow': 1 }, again))?.kind).toBe('park');
    expect(diversionOf(arrival(all, again))?.kind).toBe('recount');
    expect(diversionOf(arrival(all))?.kind).toBe('expire');
    expect(diversionOf(arrival({ 'tq-due': NOW + 1 }))?.kind).toBe('postpone');
  });

  it('cancel whatever else would have become of it, but for what no sender can be told of', () => {
    const all = { 'tq-expires': 1, 'tq-due': NOW + 1, 'tq-redeliveries': 49 };
    expect(diversionOf(arrival(all, { ...again, cancellation }))?.kind).toBe('cancel');
    expect(diversionOf(arrival({ ...all, 'tq-flow': 1 }, { ...again, cancellation }))?.kind).toBe('park');
  });
});
