import { describe, expect, it } from 'vitest';
import { createCancellations } from '../../../src/control/cancellations.ts';
import type { Cancellation } from '../../../src/control/standing.ts';
import type { Headers } from '../../../src/workitem/message.ts';
import { message } from '../../support/fake-tools.ts';

const cancellation = (id: string, at = 1_000, by = 'alice'): Cancellation => ({ id, by, reason: '', at });
const workitem = (messageId: string | undefined, headers: Headers = {}) =>
  message('', { properties: messageId === undefined ? {} : { messageId }, headers });

function against(...all: Cancellation[]) {
  const cancellations = createCancellations(100);
  for (const one of all) cancellations.add(one);
  return (id: string | undefined, headers: Headers = {}) => cancellations.of(workitem(id, headers))?.by;
}

describe('a cancellation', () => {
  it('is found by the id of a workitem, or by the name of its life', () => {
    const of = against(cancellation('m'), cancellation('run-1', 1_000, 'bob'));
    expect([of('m'), of('n'), of(undefined)]).toEqual(['alice', undefined, undefined]);
    expect([of('n', { 'tq-run': 'run-1' }), of('n', { 'tq-run': 'run-2' }), of('n', { 'tq-run': 7 })]).toEqual([
      'bob',
      undefined,
      undefined,
    ]);
  });

  it.each<[string, Headers, boolean]>([
    ['that waits for its first acceptance', {}, true],
    ['that was accepted before', { 'tq-run': 'r', 'tq-accepted': 999 }, true],
    ['that was accepted after: the cancel has overtaken it', { 'tq-run': 'r', 'tq-accepted': 2_000 }, true],
    ['that was requeued before', { 'tq-run': 'r', 'tq-run-of': 'q', 'tq-accepted': 1_000 }, true],
    ['that was requeued since: a new life', { 'tq-run': 'r', 'tq-run-of': 'q', 'tq-accepted': 1_001 }, false],
    ['that was requeued, and nobody knows when', { 'tq-run': 'r', 'tq-run-of': 'q' }, false],
  ])('by an id, and a workitem %s', (_, headers, isHit) => {
    expect(against(cancellation('m'))('m', headers) !== undefined).toBe(isHit);
  });

  it('by the name of a life hits that life, requeued or not', () => {
    const of = against(cancellation('r'));
    expect(of('m', { 'tq-run': 'r', 'tq-run-of': 'q', 'tq-accepted': 9_999 })).toBe('alice');
  });

  it('of what is cancelled already: the later one counts, in whatever order they are read', () => {
    const requeued = { 'tq-run': 'r', 'tq-run-of': 'q', 'tq-accepted': 1_500 };
    expect(against(cancellation('m', 1_000), cancellation('m', 2_000, 'bob'))('m', requeued)).toBe('bob');
    expect(against(cancellation('m', 2_000, 'bob'), cancellation('m', 1_000))('m', requeued)).toBe('bob');
  });

  it('that was said again is among the last to be forgotten', () => {
    const cancellations = createCancellations(2);
    for (const id of ['a', 'b', 'a', 'c']) cancellations.add(cancellation(id));
    expect(['a', 'b', 'c'].map((id) => cancellations.of(workitem(id)) !== undefined)).toEqual([true, false, true]);
    expect([cancellations.size, cancellations.forgotten]).toEqual([2, 1]);
  });
});
