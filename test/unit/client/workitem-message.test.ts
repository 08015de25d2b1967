import { describe, expect, it } from 'vitest';
import { encodeBody } from '../../../src/client/body.ts';
import { periodMs } from '../../../src/client/period.ts';
import { type SubmitOptions, workitemMessage } from '../../../src/client/workitem-message.ts';

const NOW = 1_700_000_000_500;
const FACTS = { id: 'id', replyQueue: 'tq.client.me.results', now: NOW, maxMessageSize: 1000 };

const made = (options: SubmitOptions = {}, body: unknown = {}, type = 'w') =>
  workitemMessage(type, body, options, FACTS);
const wrong = (options: unknown, body: unknown = {}) => expect(() => made(options as SubmitOptions, body));

describe('times', () => {
  it.each<[SubmitOptions, object]>([
    [{ delay: 1500 }, { 'tq-due': NOW + 1500 }],
    [{ delay: { hours: 1, minutes: 30 } }, { 'tq-due': NOW + 5_400_000 }],
    [{ delay: '90s' }, { 'tq-due': NOW + 90_000 }],
    [{ delay: 0 }, {}],
    [{ at: new Date(NOW + 5) }, { 'tq-due': NOW + 5 }],
    [{ expires: new Date(NOW + 5) }, { 'tq-expires': NOW + 5 }],
    [{ expires: { days: 1 } }, { 'tq-expires': NOW + 86_400_000 }],
    [
      { timeout: { seconds: 1.5 }, maxAttempts: 3 },
      { 'tq-timeout': 1500, 'tq-max-attempts': 3 },
    ],
  ])('%o are headers', (options, headers) => {
    expect(made(options).headers).toEqual({ 'tq-type': 'w', ...headers });
  });

  it('that are none, or too far away, are refused', () => {
    wrong({ delay: 5, at: new Date() }).toThrow('delay and at say the same');
    wrong({ delay: -1 }).toThrow('delay is no length of time');
    wrong({ delay: {} }).toThrow('delay is no length of time');
    wrong({ delay: { weeks: 1 } }).toThrow('delay has no part "weeks": there are days, hours, minutes, seconds, ms');
    wrong({ delay: { days: 7000 } }).toThrow('about 17 years');
    wrong({ at: new Date(NOW + 7000 * 86_400_000) }).toThrow(/17 years/);
    wrong({ at: new Date('never') }).toThrow('at is no valid Date');
    wrong({ at: NOW }).toThrow('at is no valid Date');
    wrong({ expires: 'soon' }).toThrow('expires is no length of time');
    wrong({ timeout: 0 }).toThrow('no time at all');
    wrong({ maxAttempts: 0 }).toThrow('maxAttempts is a whole number');
  });
});

describe('the rest', () => {
  it('is as the sender wants it', () => {
    const { properties, headers } = made({ correlationId: 'c', replyTo: 'mine', headers: { traceparent: 't' } });
    expect(properties).toMatchObject({
      messageId: 'id',
      correlationId: 'c',
      replyTo: 'mine',
      timestamp: 1_700_000_000,
    });
    expect(headers).toEqual({ 'tq-type': 'w', traceparent: 't' });
    expect(made({ replyTo: null }).properties).not.toHaveProperty('replyTo');
  });

  it('that a daemon would refuse is refused here', () => {
    expect(() => made({}, {}, 'a type')).toThrow('"a type" is no worker type');
    wrong({ headers: { 'tq-run': 'mine' } }).toThrow("header tq-run: those that begin with tq- are taskqueue's own");
    wrong({ headers: { x: 'x'.repeat(62_000) } }).toThrow('would be refused: the headers have');
    wrong({ replyTo: 'taskqueue.dead' }).toThrow('would bring the result back');
    wrong({ correlationId: 'x'.repeat(256) }).toThrow('correlationId has more than 255 bytes');
    wrong({}, 'x'.repeat(1001)).toThrow('the body has 1001 bytes');
    wrong({ delya: 5 }).toThrow('there is no option delya');
  });
});

describe('a body', () => {
  it.each([
    [Buffer.from('b'), 'application/octet-stream', 'b'],
    [new Uint8Array([98]), 'application/octet-stream', 'b'],
    ['text', 'text/plain', 'text'],
    [{ a: 1 }, 'application/json', '{"a":1}'],
    [5, 'application/json', '5'],
    [undefined, 'application/json', 'null'],
  ])('%o is sent as %s', (body, contentType, bytes) => {
    const encoded = encodeBody(body);
    expect({ ...encoded, body: String(encoded.body) }).toEqual({ contentType, body: bytes });
  });

  it('is a copy: its owner may go on with it', () => {
    const mine = Buffer.from('before');
    const { body } = encodeBody(mine);
    mine.write('AFTER!');
    expect(String(body)).toBe('before');
  });

  it.each([
    ['json', 'application/json'],
    ['text', 'text/plain'],
    ['binary', 'application/octet-stream'],
    ['application/x-ruote-workitem', 'application/x-ruote-workitem'],
    ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
  ])('may be called %s, and its bytes stay what they are', (format, contentType) => {
    expect(encodeBody('{"a":1}', format)).toEqual({ contentType, body: Buffer.from('{"a":1}') });
  });

  it('that is nothing to send, or of no known kind, is refused', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const body of [cyclic, 5n, () => 1, Symbol('x')]) {
      expect(() => encodeBody(body)).toThrow('the body cannot be written as JSON');
    }
    expect(() => encodeBody('', 'xml')).toThrow(
      'format "xml" is no content type: write type/subtype, or json, text, binary',
    );
  });
});

describe('a length of time', () => {
  it('is rounded up to whole ms', () => {
    expect(periodMs('x', 0.2)).toBe(1);
    expect(periodMs('x', { seconds: 0.0001 })).toBe(1);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, null, true, '5', { hours: 'x' }])('is not %o', (period) => {
    expect(() => periodMs('x', period as number)).toThrow('x is no length of time');
  });
});
