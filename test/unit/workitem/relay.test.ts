import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { accepted, begun, relayed, withoutForgeries } from '../../../src/workitem/relay.ts';
import { oddMessage } from './odd-headers.ts';

const PLAIN: Message = { properties: {}, headers: {}, body: Buffer.from('body') };

describe('a relayed message', () => {
  it('keeps what the sender said, and its body is the same buffer', () => {
    const properties = {
      contentType: 'text/plain',
      contentEncoding: 'utf-8',
      correlationId: 'c',
      replyTo: 'r',
      priority: 3,
      timestamp: 5,
      type: 't',
      appId: 'a',
      messageId: 'm',
    };
    const headers = { x: [1, { y: null }], cc: 'no routing', 'x-deathly': 1, traceparent: '00-…' };
    const onward = relayed({ properties, headers, body: PLAIN.body });
    expect(onward.properties).toEqual({ ...properties, deliveryMode: 2 });
    expect(onward.headers).toEqual(headers);
    expect(onward.body).toBe(PLAIN.body);
  });

  it('is persistent, does not expire in the broker, and comes from nobody but us', () => {
    const { properties, headers } = relayed({
      ...PLAIN,
      properties: { deliveryMode: 1, expiration: '500', userId: 'guest' },
    });
    expect(properties).toEqual({ deliveryMode: 2 });
    expect(headers).toEqual({ 'tq-user': 'guest' });
  });

  it('keeps the first user that is noted', () => {
    const message = { ...PLAIN, properties: { userId: 'second' }, headers: { 'tq-user': 'first' } };
    expect(relayed(message).headers).toEqual({ 'tq-user': 'first' });
  });

  it('leaves behind what belongs to the hop', () => {
    const hop = [
      'CC',
      'BCC',
      'x-death',
      'x-first-death-queue',
      'x-last-death-exchange',
      'x-delivery-count',
      'tq-publish',
    ];
    const headers = Object.fromEntries([...hop, 'kept'].map((name) => [name, 'x']));
    expect(relayed({ ...PLAIN, headers }).headers).toEqual({ kept: 'x' });
  });

  it('gets the changed headers, and loses those that are changed to undefined', () => {
    const message = { ...PLAIN, headers: { gone: 1, 'tq-attempt': 1 } };
    const onward = relayed(message, { gone: undefined, 'tq-attempt': 2 });
    expect(onward.headers).toEqual({ 'tq-attempt': 2 });
    expect('gone' in onward.headers).toBe(false);
  });

  it('keeps a header that is called __proto__ without becoming one', () => {
    const headers = JSON.parse('{"__proto__":{"polluted":true}}');
    const onward = relayed({ ...PLAIN, headers });
    expect(Object.keys(onward.headers)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(onward.headers)).toBe(Object.prototype);
  });

  it('can be relayed again without a change, and the original stays as it was', () => {
    fc.assert(
      fc.property(oddMessage, (message) => {
        const before = [message.properties, message.headers].map((one) => Object.entries(one));
        const once = relayed(message);
        expect(relayed(once)).toEqual(once);
        expect([message.properties, message.headers].map((one) => Object.entries(one))).toEqual(before);
      }),
    );
  });
});

describe('what enters from outside', () => {
  it('loses every header of ours that a sender may not set, and keeps the others', () => {
    const senders = [
      'tq-type',
      'tq-due',
      'tq-expires',
      'tq-max-attempts',
      'tq-timeout',
      'tq-lock',
      'tq-unique',
      'tq-flow',
      'tq-flow-again',
    ];
    const all = [...Object.values(HEADER), 'tq-anything', 'other', 'TQ-run'];
    const headers = Object.fromEntries(all.map((name) => [name, 'x']));
    expect(Object.keys(withoutForgeries({ ...PLAIN, headers }).headers).sort()).toEqual(
      [...senders, 'other', 'TQ-run'].sort(),
    );
  });

  it('begins a life of its own, whatever it says', () => {
    const forged = { ...PLAIN, headers: { 'tq-run': 'forged', 'tq-accepted': 1, 'tq-attempt': 99 } };
    const { headers } = accepted(forged, 5_000);
    expect(headers['tq-run']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(headers).toEqual({ 'tq-run': headers['tq-run'], 'tq-accepted': 5_000 });
    expect(accepted(forged, 5_000).headers['tq-run']).not.toBe(headers['tq-run']);
  });
});

describe('a life', () => {
  it('that has begun goes on', () => {
    const headers = { 'tq-run': 'r', 'tq-accepted': 7, 'tq-attempt': 2 };
    expect(begun({ ...PLAIN, headers }, 9_000).headers).toEqual(headers);
  });

  it.each([
    ['what expires gets a time', '500', undefined, 1_500],
    ['what expires sooner than its sender wished gets the earlier time', '500', 2_000, 1_500],
    ['the earlier wish of its sender stays', '500', 1_200, 1_200],
    ['a wish that is a text counts as well', '500', '2000', 1_500],
    ['a wish that cannot be read stays, to be refused', '500', 'soon', 'soon'],
    ['an expiration that is no number is none', 'soon', undefined, undefined],
    ['one beyond all time is none', '9007199254740991', undefined, undefined],
    ['at once is a time, too', '0', undefined, 1_000],
  ])('ends: %s', (_, expiration, wished, expires) => {
    const headers = wished === undefined ? {} : { 'tq-expires': wished };
    const message = begun({ ...PLAIN, properties: { expiration }, headers }, 1_000);
    expect(message.headers['tq-expires']).toBe(expires);
    expect(message.properties).toEqual({});
  });
});
