import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Turnstile } from '../../../src/pool/turnstile.ts';

let turnstile: Turnstile;
let inside: string[];
let turnedAway: string[];
let lost: Set<string>;

beforeEach(() => {
  turnstile = new Turnstile();
  inside = [];
  turnedAway = [];
  lost = new Set();
});

function come(name: string, isAlone = false, onEnter: () => void = () => undefined): void {
  turnstile.pass({
    isAlone,
    isWaiting: () => !lost.has(name),
    enter: () => {
      inside.push(name);
      onEnter();
    },
    turnAway: () => turnedAway.push(name),
  });
}

function leave(name: string): void {
  inside = inside.filter((other) => other !== name);
  turnstile.leave();
}

describe('ordinary workitems', () => {
  it('run beside each other', () => {
    for (const name of ['a', 'b', 'c']) come(name);
    expect(inside).toEqual(['a', 'b', 'c']);
  });
});

describe('one that is to run alone', () => {
  it('waits until all others are done, and they wait for it, in order of arrival', () => {
    come('a');
    come('alone', true);
    come('b');
    expect(inside).toEqual(['a']);
    leave('a');
    expect(inside).toEqual(['alone']);
    leave('alone');
    expect(inside).toEqual(['b']);
  });

  it('runs at once where nobody else does', () => {
    come('alone', true);
    come('another', true);
    expect(inside).toEqual(['alone']);
    leave('alone');
    expect(inside).toEqual(['another']);
  });
});

describe('one that has run alone for long enough', () => {
  beforeEach(() => {
    come('long', true);
    come('a');
    come('another', true);
    come('b');
    turnstile.acquit();
  });

  it('goes on, and others enter beside it', () => {
    expect(inside).toEqual(['long', 'a']);
  });

  it('is not joined by another that is to run alone: that waits until all others are done', () => {
    leave('a');
    expect(inside).toEqual(['long']);
    leave('long');
    expect(inside).toEqual(['another']);
    leave('another');
    expect(inside).toEqual(['b']);
  });
});

describe('who loses its place outside', () => {
  it('is turned away at the next review, and holds up nobody', () => {
    come('a');
    come('alone', true);
    come('b');
    lost.add('alone');
    turnstile.review();
    expect([inside, turnedAway, turnstile.waiting]).toEqual([['a', 'b'], ['alone'], 0]);
  });

  it('is turned away even while another is let in', () => {
    come('first', true);
    come('a', false, () => lost.add('b'));
    come('b');
    leave('first');
    expect([inside, turnedAway]).toEqual([['a'], ['b']]);
  });

  it('in great number does not exhaust the stack', () => {
    come('first', true);
    for (let n = 0; n < 10_000; n++) come(`${n}`, false, () => turnstile.leave());
    leave('first');
    expect(turnstile.waiting).toBe(0);
  });
});

it('an exception of one that enters does not shut out the others', () => {
  const failing = (): never => {
    throw new Error('a mistake');
  };
  expect(() => come('a', false, failing)).toThrow('a mistake');
  come('b');
  expect(inside).toContain('b');
});

it('whoever comes and goes, one alone is alone, and everybody gets in or is turned away', () => {
  const visitor = fc.record({ isAlone: fc.boolean(), leavesAt: fc.nat({ max: 5 }), getsLost: fc.boolean() });
  fc.assert(
    fc.property(fc.array(visitor, { maxLength: 50 }), (visitors) => {
      const gate = new Turnstile();
      const [within, away, gone] = [new Set<number>(), new Set<number>(), new Set<number>()];
      let entered = 0;
      visitors.forEach(({ isAlone, leavesAt, getsLost }, n) => {
        const enter = (): void => {
          expect(isAlone && within.size > 0).toBe(false);
          expect([...within].some((one) => visitors[one]?.isAlone)).toBe(false);
          within.add(n);
          entered++;
        };
        gate.pass({ isAlone, isWaiting: () => !gone.has(n), enter, turnAway: () => away.add(n) });
        if (getsLost && !within.has(n)) gone.add(n);
        for (const one of [...within].slice(0, leavesAt)) {
          within.delete(one);
          gate.leave();
        }
      });
      while (within.size > 0) {
        within.delete([...within][0] as number);
        gate.leave();
      }
      gate.review();
      expect(entered + away.size).toBe(visitors.length);
      expect(gate.waiting).toBe(0);
    }),
  );
});
