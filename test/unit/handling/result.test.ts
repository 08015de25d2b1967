import { describe, expect, it } from 'vitest';
import { type ResultFacts, resultMessage, resultRoute } from '../../../src/handling/result.ts';
import { message } from '../../support/fake-tools.ts';

const FACTS: ResultFacts = {
  status: 'finished',
  id: 'id',
  run: 'run',
  type: 'w',
  attempt: 2,
  host: 'host',
  instance: 'w#1',
  started: 10,
  finished: 20,
  parked: null,
};
const RESULT = { contentType: 'text/plain', body: Buffer.from('done') };
const RESULTS = { routingKey: 'results', isReply: false };

describe('the route of a result', () => {
  it('is reply_to, else the results key, else nowhere', () => {
    expect(resultRoute('mine', 'results')).toEqual({ routingKey: 'mine', isReply: true });
    expect(resultRoute(undefined, 'results')).toEqual(RESULTS);
    expect(resultRoute('', 'results')).toEqual(RESULTS);
    expect(resultRoute(undefined, '')).toBeNull();
  });
});

describe('a result message', () => {
  it('tells who did what, when and where, persistently and to a queue that must exist', () => {
    const workitem = message('body', { properties: { messageId: 'id', priority: 3 }, headers: { mine: 1 } });
    expect(resultMessage(workitem, FACTS, RESULT, RESULTS)).toEqual({
      exchange: '',
      routingKey: 'results',
      mandatory: true,
      properties: { contentType: 'text/plain', deliveryMode: 2, correlationId: 'id' },
      headers: {
        'tq-id': 'id',
        'tq-run': 'run',
        'tq-type': 'w',
        'tq-status': 'finished',
        'tq-attempt': 2,
        'tq-host': 'host',
        'tq-instance': 'w#1',
        'tq-started': 10,
        'tq-finished': 20,
      },
      body: RESULT.body,
    });
  });

  it('correlates by the correlation id of the workitem where it has one', () => {
    const asked = message('', { properties: { messageId: 'id', correlationId: 'mine' } });
    expect(resultMessage(asked, FACTS, RESULT, RESULTS).properties.correlationId).toBe('mine');
  });

  it('carries the trace context, and no other header of the sender', () => {
    const traced = message('', { headers: { traceparent: 'p', tracestate: 's', baggage: 'b', other: 1, 'tq-due': 5 } });
    const { headers } = resultMessage(traced, FACTS, RESULT, RESULTS);
    expect(headers).toMatchObject({ traceparent: 'p', tracestate: 's', baggage: 'b' });
    expect(headers).not.toHaveProperty('other');
    expect(headers).not.toHaveProperty('tq-due');
  });

  it('carries no trace context that is no text', () => {
    const decimal = { '!': 'decimal', value: { places: 2, digits: 256 } };
    const odd = message('', { headers: { traceparent: decimal, tracestate: ['s'], baggage: 'b' } });
    const { headers } = resultMessage(odd, FACTS, RESULT, RESULTS);
    expect(headers).toMatchObject({ baggage: 'b' });
    expect(headers).not.toHaveProperty('traceparent');
    expect(headers).not.toHaveProperty('tracestate');
  });

  it('names no type where none was found', () => {
    expect(resultMessage(message(), { ...FACTS, type: null }, RESULT, RESULTS).headers).not.toHaveProperty('tq-type');
  });

  it('is not mandatory to a direct reply-to, which older brokers return although they delivered', () => {
    const direct = { routingKey: 'amq.rabbitmq.reply-to.g1h2.abc', isReply: true };
    expect(resultMessage(message(), FACTS, RESULT, direct).mandatory).toBe(false);
  });
});
