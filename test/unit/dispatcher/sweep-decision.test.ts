import { describe, expect, it } from 'vitest';
import { isResult, sweepDecision, targetOf } from '../../../src/dispatcher/sweep-decision.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';

const NOW = Date.UTC(2026, 0, 2);
const TTL = 1_000;
const at = (ms: number): string => new Date(ms).toISOString();
const withHeaders = (headers: Message['headers']): Message => message('', { headers });
const setAside = (ms: number, more: Message['headers'] = {}): Message => withHeaders({ 'tq-when': at(ms), ...more });
const RESULT = { 'tq-kind': 'result' };

describe('the queue that a message is for', () => {
  it.each([
    [{ 'tq-queue': 'worker_w', 'tq-type': 'other' }, 'worker_w'],
    [{ 'tq-queue': 'answers', ...RESULT }, 'answers'],
    [{ 'tq-type': 'w' }, 'worker_w'],
    [{ 'tq-routed': 'w' }, 'worker_w'],
    [{}, ''],
    [{ 'tq-type': 5, 'tq-queue': null }, ''],
  ])('%j is for "%s"', (headers, queue) => {
    expect(targetOf(withHeaders(headers))).toBe(queue);
  });
});

describe('a message moves on', () => {
  it('whenever its queue is there, however old it is', () => {
    expect(sweepDecision(setAside(0), 'there', TTL, NOW)).toEqual({ kind: 'move' });
    expect(sweepDecision(setAside(0, RESULT), 'there', TTL, NOW)).toEqual({ kind: 'move' });
  });
});

describe('a message stays', () => {
  it.each(['missing', 'refusing'] as const)('until unroutable_ttl is over, and keeps its age: %s', (state) => {
    expect(sweepDecision(setAside(NOW - 999), state, TTL, NOW)).toEqual({ kind: 'keep', since: NOW - 999 });
    expect(sweepDecision(setAside(NOW - 1_000), state, TTL, NOW).kind).toBe('park');
  });

  it.each([undefined, 'soon', 5, '', null])('and its age begins now where it says nothing of the kind: %j', (when) => {
    const decision = sweepDecision(withHeaders({ 'tq-when': when }), 'missing', TTL, NOW);
    expect(decision).toEqual({ kind: 'keep', since: NOW });
  });

  it('no longer for saying that it was set aside in the future', () => {
    const decision = sweepDecision(setAside(Date.UTC(9999, 0)), 'missing', TTL, NOW);
    expect(decision).toEqual({ kind: 'keep', since: NOW });
  });

  it('not at all with a time to live of nothing', () => {
    expect(sweepDecision(setAside(NOW), 'missing', 0, NOW).kind).toBe('park');
  });
});

describe('a result', () => {
  it('is dropped where its reply queue has vanished, and parked where that refuses it', () => {
    expect(isResult(setAside(0, RESULT))).toBe(true);
    expect(sweepDecision(setAside(0, RESULT), 'missing', TTL, NOW)).toEqual({ kind: 'drop' });
    expect(sweepDecision(setAside(0, RESULT), 'refusing', TTL, NOW)).toEqual({ kind: 'park' });
  });

  it('is dropped at once where it was for a reader who is gone: nobody else gets that address', () => {
    const result = setAside(NOW, { ...RESULT, 'tq-queue': 'amq.rabbitmq.reply-to.x.y' });
    expect(sweepDecision(result, 'missing', TTL, NOW)).toEqual({ kind: 'drop' });
    expect(sweepDecision(result, 'refusing', TTL, NOW).kind).toBe('keep');
  });
});
