import { describe, expect, it } from 'vitest';
import {
  type Listeners,
  MOST_INTERESTS,
  NO_LISTENERS,
  queuesFor,
  queuesOf,
  withInterest,
  withoutExpired,
} from '../../../src/control/listeners.ts';
import { event, GONE } from './events.ts';

const noted = (listeners: Listeners, queue: string, replyTo: string | null, untilMs = 100): Listeners =>
  withInterest(listeners, { queue, replyTo, untilMs }) as Listeners;
const own = event('routed', { replyTo: 'mine' });

describe('listeners', () => {
  it('get what they asked for, each once', () => {
    const one = noted(noted(noted(NO_LISTENERS, 'q1', 'mine'), 'q2', null), 'q3', 'yours');
    expect([...queuesFor(one, own)].sort()).toEqual(['q1', 'q2']);
    expect([...queuesFor(one, event('routed'))]).toEqual(['q2']);
    expect([...queuesFor(one, GONE)]).toEqual(['q2']);
    expect([...queuesFor(noted(noted(NO_LISTENERS, 'q', 'mine'), 'q', null), own)]).toEqual(['q']);
    expect([...queuesFor(NO_LISTENERS, own)]).toEqual([]);
  });

  it('are forgotten when their time is over, unless they have asked again', () => {
    const both = noted(noted(NO_LISTENERS, 'q1', 'mine', 100), 'q2', 'mine', 100);
    const renewed = noted(both, 'q1', 'mine', 200);
    expect(renewed.count).toBe(2);
    const left = withoutExpired(renewed, 100);
    expect(left.count).toBe(1);
    expect([...queuesOf(left)]).toEqual(['q1']);
    expect(withoutExpired(left, 200)).toEqual(NO_LISTENERS);
  });

  it('are only so many; those that are there may still ask again', () => {
    let all = NO_LISTENERS;
    for (let n = 0; n < MOST_INTERESTS; n++) all = noted(all, `q${n}`, n % 2 === 0 ? null : `r${n}`);
    expect(withInterest(all, { queue: 'one more', replyTo: null, untilMs: 100 })).toBeUndefined();
    expect(noted(all, 'q0', null, 200).count).toBe(MOST_INTERESTS);
    expect(withoutExpired(noted(all, 'q0', null, 200), 100).count).toBe(1);
  });
});
