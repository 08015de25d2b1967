import { describe, expect, it } from 'vitest';
import { idsIn, resultIn } from '../../../src/client/outcome.ts';
import { basicFormat } from '../../../src/workitem/basic.ts';
import type { Headers } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';

const JSON_TYPE = 'application/json';
const RPC_TYPE = 'application/json-rpc';

function outcome(body: unknown, contentType = JSON_TYPE, status = 'finished', headers: Headers = {}) {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const all = { 'tq-status': status, ...headers };
  return resultIn(message(bytes, { properties: { contentType }, headers: all }), 'id').outcome;
}

const failure = (facts: object) => ({ kind: 'failure', failure: expect.objectContaining({ id: 'id', ...facts }) });

describe('the value', () => {
  it.each([
    ['{"sum":11}', JSON_TYPE, { sum: 11 }],
    ['null', 'Application/JSON; charset=utf-8', null],
    ['[1]', 'application/vnd.x+json', [1]],
    ['{"fields":{}}', 'application/x-ruote-workitem', { fields: {} }],
    ['zwölf', 'text/plain; charset=utf-8', 'zwölf'],
    ['w hello', 'application/x-basic-workitem', 'w hello'],
  ])('%s, %s, is read', (body, contentType, value) => {
    expect(outcome(body, contentType)).toEqual({ kind: 'value', value });
  });

  it.each(['application/octet-stream', 'image/png', ''])('of the content type "%s" is a Buffer of its own', (type) => {
    const body = Buffer.from([0, 255, 1]);
    const { value } = outcome(body, type) as { value: Buffer };
    expect(value).toEqual(body);
    body.fill(7);
    expect(value).toEqual(Buffer.from([0, 255, 1]));
  });

  it('is taken from whoever says nothing about a status', () => {
    const result = resultIn(message('5', { properties: { contentType: JSON_TYPE, correlationId: 'c' } }), 'id');
    expect(result).toEqual({
      outcome: { kind: 'value', value: 5 },
      news: { status: 'FINISHED', at: null, attempt: null, instance: null, reason: '' },
    });
  });

  it.each([
    ['{', JSON_TYPE, undefined],
    [Buffer.from([0xff]), 'text/plain', undefined],
    ['{}', JSON_TYPE, 'gzip'],
  ])('that is not what it claims to be is a failure: %s, %s, %s', (body, contentType, contentEncoding) => {
    const properties = { contentType, ...(contentEncoding ? { contentEncoding } : {}) };
    const read = resultIn(message(body, { properties, headers: { 'tq-status': 'finished' } }), 'id');
    expect(read.outcome).toEqual(failure({ status: 'FAILED', message: expect.stringMatching(/cannot be read/) }));
    expect(read.news.status).toBe('FAILED');
  });
});

describe('a failure', () => {
  it('in JSON is beside what else is in it', () => {
    const body = { n: 1, error: 'no paper', trace: 'at printer' };
    expect(outcome(body, JSON_TYPE, 'failed')).toEqual(
      failure({ status: 'FAILED', message: 'no paper', trace: 'at printer', code: null }),
    );
  });

  it.each(['no paper', 'no paper:\nnone at all'])('in text is behind it, as its format writes it: %s', (error) => {
    const text = basicFormat.withError?.('Error: of mine\nTrace: of mine\nmore', { error, trace: 'Error: no\n  at x' });
    const expected = error.includes('\n') ? expect.stringContaining('none at all') : error;
    expect(outcome(text, 'text/plain', 'failed')).toEqual(
      failure({ message: expected, trace: expect.stringContaining('at x') }),
    );
  });

  it('is what its status says', () => {
    const body = { error: 'e' };
    expect(outcome(body, JSON_TYPE, 'cancelled')).toEqual(failure({ status: 'CANCELLED' }));
    expect(outcome(body, JSON_TYPE, 'expired')).toEqual(failure({ status: 'EXPIRED' }));
    expect(outcome(body, JSON_TYPE, 'failed', { 'tq-reason': 'rejected' })).toEqual(failure({ status: 'PARKED' }));
  });

  it('without a reason says so', () => {
    expect(outcome([], JSON_TYPE, 'failed')).toEqual(failure({ message: expect.stringContaining('no reason') }));
    expect(outcome(Buffer.from([255]), 'image/png', 'failed')).toEqual(
      failure({ message: expect.stringContaining('no reason') }),
    );
  });
});

describe('an answer in JSON-RPC', () => {
  const answer = (rest: object) => ({ jsonrpc: '2.0', id: 'id', ...rest });

  it('is its result', () => {
    expect(outcome(answer({ result: 11 }), RPC_TYPE)).toEqual({ kind: 'value', value: 11 });
    expect(outcome(answer({ result: null }), RPC_TYPE)).toEqual({ kind: 'value', value: null });
  });

  it.each(['failed', 'finished'])('is its error, with code, trace and data, whether it %s', (status) => {
    const error = { code: -32602, message: 'a is no number', data: { trace: 'at add', hint: 1 } };
    expect(outcome(answer({ error }), RPC_TYPE, status)).toEqual(
      failure({ status: 'FAILED', code: -32602, message: 'a is no number', trace: 'at add', data: error.data }),
    );
  });

  it.each([{ error: {} }, { error: { code: 'x', message: 5, data: 'd' } }])(
    'is an error also where it is odd: %o',
    (rest) => {
      expect(outcome(answer(rest), RPC_TYPE)).toEqual(
        failure({ code: null, message: expect.stringMatching(/./), trace: '' }),
      );
    },
  );

  it('is given as it is where the worker deals in such bodies itself, under plain JSON', () => {
    const body = answer({ result: 11 });
    expect(outcome(body)).toEqual({ kind: 'value', value: body });
  });
});

describe('the task', () => {
  it('is found by tq-id, else by correlation_id', () => {
    const both = message('', { headers: { 'tq-id': 'a' }, properties: { correlationId: 'b' } });
    expect(idsIn(both)).toEqual(['a', 'b']);
    expect(idsIn(message('', { headers: { 'tq-id': 5 } }))).toEqual([]);
  });

  it('learns what the headers tell', () => {
    const headers = { 'tq-status': 'finished', 'tq-finished': 7, 'tq-attempt': 2, 'tq-instance': 'w#1' };
    const { news } = resultIn(message('1', { headers, properties: { contentType: JSON_TYPE } }), 'id');
    expect(news).toEqual({ status: 'FINISHED', at: 7, attempt: 2, instance: 'w#1', reason: '' });
  });
});
