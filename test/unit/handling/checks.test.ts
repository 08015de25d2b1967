import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DELAY_SECONDS } from '../../../src/broker/topology.ts';
import { refusalOf } from '../../../src/handling/checks.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';
import { oddMessage } from '../workitem/odd-headers.ts';

const NOW = 1_000_000;
const LIMITS = { maxMessageSize: 10, now: NOW };
const reasonFor = (more: Partial<Omit<Message, 'body'>>, body = ''): string | undefined =>
  refusalOf(message(body, more), LIMITS)?.reason;

describe('a message is handled', () => {
  it('that says nothing special', () => {
    expect(refusalOf(message('0123456789', { headers: { mine: [1, { a: 'b' }] } }), LIMITS)).toBeUndefined();
  });

  it.each([
    [{ 'tq-due': NOW + MAX_DELAY_SECONDS * 1000 }],
    [{ 'tq-due': '1000001' }],
    [{ 'tq-due': { '!': 'timestamp', value: NOW } }],
    [{ 'tq-expires': 0, 'tq-timeout': 1, 'tq-max-attempts': '5' }],
  ])('with wishes that can be fulfilled: %j', (headers) => {
    expect(reasonFor({ headers })).toBeUndefined();
  });

  it.each(['answers', 'amq.rabbitmq.reply-to.x', 'taskqueues', 'my.taskqueue.x', 'workers', ''])(
    'whose results go to "%s"',
    (replyTo) => {
      expect(reasonFor({ properties: { replyTo } })).toBeUndefined();
    },
  );
});

describe('a message is refused', () => {
  it('as uncarriable, before anything else is believed', () => {
    expect(reasonFor({ headers: { odd: 'caf\ufffd', 'tq-lock': 'x' } })).toBe('uncarriable');
    expect(reasonFor({ headers: { much: 'x'.repeat(61 * 1024) } })).toBe('uncarriable');
  });

  it('as a loop, before anything that its sender would be told at that very reply_to', () => {
    const odd = { properties: { replyTo: 'taskqueue' }, headers: { 'tq-due': 'soon', 'tq-lock': 'x' } };
    expect(reasonFor(odd, 'more than ten bytes')).toBe('loop');
  });

  it('as too large, and is told the limit by its name', () => {
    const refusal = refusalOf(message('01234567890'), LIMITS);
    expect(refusal?.reason).toBe('too-large');
    expect(refusal?.error).toContain('max_message_size');
  });

  it.each(['tq-lock', 'tq-unique', 'tq-flow', 'tq-flow-again'])(
    'that asks for %s, since to ignore it would be to break a promise',
    (header) => {
      expect(refusalOf(message('', { headers: { [header]: null } }), LIMITS)).toEqual({
        reason: 'not-supported',
        error: `header ${header}: not supported by this version`,
      });
    },
  );

  it.each(['tq-due', 'tq-expires', 'tq-max-attempts', 'tq-timeout'])('whose wish %s is no whole number', (header) => {
    for (const odd of ['soon', -1, 1.5, null, true, [], {}, '', '1e3', 2 ** 53]) {
      expect(reasonFor({ headers: { [header]: odd } }), JSON.stringify(odd)).toMatch(/^(invalid|uncarriable)$/);
    }
  });

  it('that is due beyond the reach of the delays', () => {
    expect(reasonFor({ headers: { 'tq-due': NOW + MAX_DELAY_SECONDS * 1000 + 1 } })).toBe('invalid');
    const decades = message('', { headers: { 'tq-due': NOW + 30 * 365 * 86_400_000 + 1 } });
    expect(refusalOf(decades, LIMITS)?.error).toMatch(/more than 17 years ahead \(10950d\)$/);
  });

  it.each(['taskqueue', 'taskqueue.dead', 'taskqueue.anything', 'worker_', 'worker_simplebuilder'])(
    'whose results would come back to us: %s',
    (replyTo) => {
      expect(reasonFor({ properties: { replyTo } })).toBe('loop');
    },
  );
});

it('whatever comes is checked without an exception, and a refusal is one printable line', () => {
  fc.assert(
    fc.property(oddMessage, (odd) => {
      const refusal = refusalOf(odd, LIMITS);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
      if (refusal) expect(refusal.error).not.toMatch(/[\u0000-\u001f]/);
    }),
    { numRuns: 500 },
  );
});
