import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uncarriableReason } from '../../../src/workitem/carriable.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { type Parking, parkedMessage, withoutParking } from '../../../src/workitem/parked.ts';
import { relayed } from '../../../src/workitem/relay.ts';
import { nested, oddMessage, oddValue, plainHeaders } from './odd-headers.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const WHY: Parking = {
  reason: 'unreadable',
  error: 'it is odd',
  queue: 'taskqueue',
  where: 'host dispatcher',
  now: NOW,
};
const STORY = {
  'tq-reason': 'unreadable',
  'tq-error': 'it is odd',
  'tq-when': '2026-01-02T03:04:05.006Z',
  'tq-where': 'host dispatcher',
  'tq-queue': 'taskqueue',
};
const message = (headers: Message['headers'], properties: Message['properties'] = {}): Message => ({
  properties,
  headers: { 'tq-run': 'r', 'tq-accepted': 1, ...headers },
  body: Buffer.from('body'),
});

describe('a parked message', () => {
  it('is the message, and why it is there', () => {
    const original = message({ x: 1 }, { messageId: 'm', contentType: 'text/plain', replyTo: 'answers' });
    const parked = parkedMessage(original, WHY);
    expect(parked.body).toBe(original.body);
    expect(parked.properties).toEqual({
      messageId: 'm',
      contentType: 'text/plain',
      replyTo: 'answers',
      deliveryMode: 2,
    });
    expect(parked.headers).toEqual({ 'tq-run': 'r', 'tq-accepted': 1, x: 1, ...STORY });
  });

  it('has a life even where it never was accepted, so that an operator can name it', () => {
    const { headers } = parkedMessage({ ...message({}), headers: {} }, WHY);
    expect(headers['tq-run']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries what else there is to tell, and a newer story replaces an older one', () => {
    const once = parkedMessage(message({}), { ...WHY, reason: 'unroutable', error: 'no queue' });
    const twice = parkedMessage(once, { ...WHY, extra: { 'tq-trace': 'at f', 'tq-reported': true } });
    expect(twice.headers).toEqual({
      'tq-run': 'r',
      'tq-accepted': 1,
      ...STORY,
      'tq-trace': 'at f',
      'tq-reported': true,
    });
    expect(withoutParking(twice).headers).toEqual({ 'tq-run': 'r', 'tq-accepted': 1 });
  });

  it('keeps the reason that a result has of its own, however often it is set aside', () => {
    const result = message({ 'tq-status': 'failed', 'tq-reason': 'rejected' });
    const why = { ...WHY, reason: 'undeliverable-result', extra: { 'tq-kind': 'result' } } as const;
    const once = parkedMessage(result, why);
    expect(once.headers['tq-reason']).toBe('undeliverable-result');
    expect(withoutParking(once).headers).toEqual(result.headers);
    expect(withoutParking(parkedMessage(once, why)).headers).toEqual(result.headers);
    expect(withoutParking(parkedMessage(withoutParking(once), why)).headers).toEqual(result.headers);
  });

  it('tells the error in one printable line of at most 1 KiB', () => {
    const { headers } = parkedMessage(message({}), { ...WHY, error: `a\nb\u001b[31m${'ü'.repeat(5_000)}` });
    const error = headers['tq-error'] as string;
    expect(error.startsWith('a\\nb\\x1b[31mü')).toBe(true);
    expect(error.endsWith('ü…')).toBe(true);
    expect(Buffer.byteLength(error)).toBeLessThanOrEqual(1024);
  });

  it('does not lose its headers for a long or damaged trace', () => {
    const { headers } = parkedMessage(message({ x: 1 }), {
      ...WHY,
      extra: { 'tq-trace': `\ufffd${'t'.repeat(100_000)}` },
    });
    expect(headers.x).toBe(1);
    expect(headers['tq-trace']).toMatch(/^\?t{8000,}…$/);
  });

  it('rather loses a trace than headers of the sender that fill the space', () => {
    const big = 'x'.repeat(60_000);
    const { headers } = parkedMessage(message({ big }), {
      ...WHY,
      extra: { 'tq-trace': 't'.repeat(5_000), 'tq-crashes': 3 },
    });
    expect(headers.big).toBe(big);
    expect(headers['tq-crashes']).toBe(3);
    expect(headers).not.toHaveProperty('tq-trace');
  });
});

describe('a parked message that could not be written again', () => {
  const why: Parking = { ...WHY, reason: 'uncarriable' };

  it('tells its headers as JSON, and keeps those of ours', () => {
    const odd = { n: Number.NaN, l: ['caf\ufffd', Buffer.from('ab'), { d: null }], 'tq-type': 'builder' };
    const { headers, body } = parkedMessage(message(odd), why);
    expect(JSON.parse(headers['tq-original-headers'] as string)).toEqual({
      'tq-run': 'r',
      'tq-accepted': 1,
      n: 'NaN',
      l: ['caf\ufffd', 'base64:YWI=', { d: null }],
      'tq-type': 'builder',
    });
    const { 'tq-original-headers': _, ...rest } = headers;
    expect(rest).toEqual({
      'tq-run': 'r',
      'tq-accepted': 1,
      'tq-type': 'builder',
      ...STORY,
      'tq-reason': 'uncarriable',
    });
    expect(body.toString()).toBe('body');
  });

  it('cuts that JSON to 16 KiB', () => {
    const { headers } = parkedMessage(message({ big: 'x'.repeat(100_000) }), why);
    expect(Buffer.byteLength(headers['tq-original-headers'] as string)).toBe(16 * 1024);
  });

  it('has its properties cleaned; a damaged reply_to goes, for it would name another queue', () => {
    const properties = {
      messageId: 'caf\ufffd',
      replyTo: 'caf\ufffd',
      appId: 'ü'.repeat(200),
      userId: 'caf\ufffd',
      timestamp: 2 ** 60,
    };
    const parked = parkedMessage(message({}, properties), why);
    expect(parked.properties).toEqual({ messageId: 'caf?', appId: `${'ü'.repeat(126)}…`, deliveryMode: 2 });
    expect(parked.headers['tq-user']).toBe('caf?');
  });

  it('copes with tables of any depth', () => {
    const { headers } = parkedMessage(message({ deep: nested(20_000) }), why);
    expect(headers['tq-original-headers']).toContain(`"deep":${'['.repeat(50)}"…"`);
  });
});

describe('parking', () => {
  it('makes something carriable of any message, with its body untouched and its reason told', () => {
    fc.assert(
      fc.property(
        oddMessage,
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), oddValue),
        (odd, text, extra) => {
          const parked = parkedMessage(odd, { ...WHY, error: text, queue: text, where: text, extra });
          expect(uncarriableReason(parked)).toBeUndefined();
          expect(parked.body).toBe(odd.body);
          expect(parked.headers['tq-reason']).toBe('unreadable');
          expect(parked.properties.expiration).toBeUndefined();
          expect(parked.properties.userId).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps every header of a message that can be carried', () => {
    fc.assert(
      fc.property(plainHeaders, (headers) => {
        fc.pre(uncarriableReason(message(headers)) === undefined);
        expect(parkedMessage(message(headers), WHY).headers).toEqual(relayed(message(headers), STORY).headers);
      }),
    );
  });
});
