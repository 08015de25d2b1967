import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/testing/outcome.ts';
import type { Message } from '../../../src/workitem/message.ts';

function message(headers: Message['headers'], body: string | Buffer = '', contentType = 'application/json'): Message {
  return { properties: { contentType }, headers, body: Buffer.from(body as string) };
}

const PARKED = message({ 'tq-reason': 'failed', 'tq-error': 'no disk', 'tq-trace': 'at disk' });
const WHY = { reason: 'failed', error: 'no disk' };

describe('a workitem', () => {
  it('that left no trace has not ended', () => {
    expect(outcomeOf({})).toBeUndefined();
  });

  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/vnd.api+json; charset=utf-8', '[1]', [1]],
    ['application/json-rpc', '{"id":1}', { id: 1 }],
    ['application/x-ruote-workitem', '{"fields":{}}', { fields: {} }],
    ['text/plain', 'hello', 'hello'],
    ['application/octet-stream', 'raw', Buffer.from('raw')],
  ])('that finished with %s has its value', (contentType, body, value) => {
    const result = message({ 'tq-status': 'finished', 'tq-attempt': 2 }, body, contentType);
    expect(outcomeOf({ result })).toMatchObject({
      status: 'finished',
      value,
      unreadable: null,
      attempt: 2,
      contentType,
    });
  });

  it.each([
    ['application/json', '{', /not JSON/],
    ['text/plain', Buffer.from([0xff]), /not UTF-8/],
  ])('that finished with something else than the %s that it says has the bytes, and why', (contentType, body, why) => {
    const result = message({ 'tq-status': 'finished' }, body, contentType);
    const unreadable = expect.stringMatching(why);
    expect(outcomeOf({ result })).toMatchObject({ status: 'finished', value: Buffer.from(body), unreadable });
  });

  it('that failed with a result that nobody can read has failed all the same', () => {
    const result = message({ 'tq-status': 'failed' }, '{');
    expect(outcomeOf({ result, parked: PARKED })).toMatchObject({ status: 'failed', trace: 'at disk', parked: WHY });
  });

  it('that finished without a result is finished all the same', () => {
    expect(outcomeOf({ told: { kind: 'finished', error: '' } })).toMatchObject({
      status: 'finished',
      value: undefined,
    });
  });

  it('that failed has its error, and is parked where it is', () => {
    const result = message({ 'tq-status': 'failed', 'tq-attempt': 3 }, '{"error":"no disk","trace":"at disk.js:1"}');
    const told = { kind: 'failed', error: 'no disk' } as const;
    const failed = { status: 'failed', error: 'no disk', trace: 'at disk.js:1', attempt: 3 };
    expect(outcomeOf({ result, told })).toMatchObject({ ...failed, parked: null });
    expect(outcomeOf({ result, told, parked: PARKED })).toMatchObject({ ...failed, parked: WHY });
  });

  it('that nobody worked on is parked, whether its sender was told or not', () => {
    const result = message({ 'tq-status': 'failed', 'tq-reason': 'unreadable' }, '{"error":"no JSON","trace":""}');
    expect(outcomeOf({ parked: PARKED })).toEqual({ status: 'parked', parked: WHY });
    expect(outcomeOf({ parked: PARKED, result })).toEqual({ status: 'parked', parked: WHY });
  });

  it('may expire, be cancelled, or have no worker at all', () => {
    expect(outcomeOf({ told: { kind: 'expired', error: 'late' } })).toEqual({ status: 'expired', error: 'late' });
    expect(outcomeOf({ told: { kind: 'cancelled', error: 'by ada' } })).toEqual({
      status: 'cancelled',
      error: 'by ada',
    });
    expect(outcomeOf({ isUnroutable: true })).toEqual({ status: 'unroutable' });
  });

  it('that was unroutable for a while and then finished, has finished', () => {
    const result = message({ 'tq-status': 'finished' }, 'null');
    expect(outcomeOf({ isUnroutable: true, result })).toMatchObject({ status: 'finished', value: null });
  });
});
