import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayWait, type Refusals, withoutRefusal, withRefusal, withWaiting } from '../../../src/dispatcher/refusals.ts';

const NONE: Refusals = new Map();
const PATIENCE_MS = 10_000;

/** So many messages wait. */
function waiting(count: number, refusals = NONE): Refusals {
  return Array.from({ length: count }).reduce<Refusals>((so, _) => withWaiting(so, 'w', 1), refusals);
}

describe('a message may wait', () => {
  it('for a queue that has just begun to refuse', () => {
    expect(mayWait(withRefusal(NONE, 'w', 0), 'w', 0)).toBe(true);
    expect(mayWait(withRefusal(NONE, 'w', 0), 'w', PATIENCE_MS - 1)).toBe(true);
  });

  it('not for one that has refused for ten seconds', () => {
    const still = withRefusal(withRefusal(NONE, 'w', 0), 'w', 9_000);
    expect(mayWait(still, 'w', PATIENCE_MS)).toBe(false);
    expect(mayWait(still, 'other', PATIENCE_MS)).toBe(true);
  });

  it('beside nineteen others, not beside twenty: the prefetch is for all types', () => {
    const refusing = withRefusal(NONE, 'w', 0);
    expect(mayWait(waiting(19, refusing), 'w', 0)).toBe(true);
    expect(mayWait(waiting(20, refusing), 'w', 0)).toBe(false);
  });

  it('again once its queue has taken one', () => {
    const over = withoutRefusal(withRefusal(NONE, 'w', 0), 'w');
    expect(mayWait(withRefusal(over, 'w', 50_000), 'w', 50_000)).toBe(true);
  });

  it('again where the last refusal lies back long: patience is for each time anew', () => {
    const longAgo = withRefusal(NONE, 'w', 0);
    const now = 3_600_000;
    expect(mayWait(withRefusal(longAgo, 'w', now), 'w', now)).toBe(true);
  });
});

describe('the count of those that wait', () => {
  it('survives the end of the refusal, and never falls below none', () => {
    const taken = withoutRefusal(waiting(20, withRefusal(NONE, 'w', 0)), 'w');
    expect(mayWait(taken, 'w', 0)).toBe(false);
    const one = withWaiting(taken, 'w', -1);
    expect(mayWait(one, 'w', 0)).toBe(true);
  });

  it('is forgotten with the type once nothing refuses or waits', () => {
    const none = withWaiting(withoutRefusal(waiting(1, withRefusal(NONE, 'w', 0)), 'w'), 'w', -1);
    expect(none.size).toBe(0);
    expect(withoutRefusal(NONE, 'w')).toBe(NONE);
  });
});

it('types that were refused once, long ago, leave nothing behind', () => {
  const many = Array.from({ length: 50 }).reduce<Refusals>((so, _, n) => withRefusal(so, `w${n}`, n), NONE);
  expect(many.size).toBe(50);
  expect([...withRefusal(many, 'new', 60_000).keys()]).toEqual(['new']);
});

it('whatever happens in whatever order, no more than twenty of one type wait', () => {
  const step = fc.constantFrom('refused', 'wait', 'done', 'taken', 'time');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      let [refusals, now, inside] = [NONE, 0, 0];
      for (const what of steps) {
        if (what === 'time') now += 3_000;
        if (what === 'refused') refusals = withRefusal(refusals, 'w', now);
        if (what === 'taken') refusals = withoutRefusal(refusals, 'w');
        if (what === 'wait' && mayWait(refusals, 'w', now)) {
          refusals = withWaiting(refusals, 'w', 1);
          inside++;
        }
        if (what === 'done' && inside > 0) {
          refusals = withWaiting(refusals, 'w', -1);
          inside--;
        }
        expect(inside).toBeLessThanOrEqual(20);
      }
    }),
  );
});
