import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/parked/facts.ts';
import { Groups } from '../../../src/parked/groups.ts';
import { Newest } from '../../../src/parked/newest.ts';
import { message } from '../../support/fake-tools.ts';
import { AT, type Example, parked } from './parked.ts';

const facts = (example: Example) => factsOf(parked(example));

describe('groups', () => {
  it('put equal errors together, the largest group first', () => {
    const groups = new Groups();
    groups.add(facts({ type: 'crop', error: 'no memory', run: 'c' }));
    groups.add(facts({ error: 'cannot read /a/1', run: 'a', at: AT + 5 }));
    groups.add(facts({ error: 'cannot read /b/2', run: 'b', at: AT + 9 }));
    groups.add(facts({ error: 'cannot read /c/3', run: 'd', at: AT + 7 }));
    const [first, second, ...others] = groups.all();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ count: 3, oldest: AT + 5, newest: AT + 9, error: 'cannot read /b/2', run: 'b' });
    expect(first?.reasons).toEqual({ failed: 3 });
    expect(second).toMatchObject({ type: 'crop', count: 1, oldest: AT, newest: AT });
  });

  it('cope with messages that say nothing', () => {
    const groups = new Groups();
    groups.add(factsOf(message('x')));
    expect(groups.all()).toMatchObject([{ count: 1, oldest: null, newest: null, type: '' }]);
  });

  it('are bounded, and count what is left out', () => {
    const groups = new Groups();
    for (let number = 0; number < 10_003; number++) groups.add(facts({ type: `t${number}`, error: 'x' }));
    groups.add(facts({ type: 't1', error: 'x' }));
    expect([groups.all().length, groups.leftOut]).toEqual([10_000, 3]);
    expect(groups.all()[0]?.count).toBe(2);
  });
});

describe('the newest', () => {
  it('are kept, the oldest of them first, and all are counted', () => {
    const newest = new Newest(3);
    for (const at of [5, 1, 9, 3, 7, 2, 8]) newest.add(facts({ at: AT + at }));
    expect(newest.all().map(({ at }) => (at as number) - AT)).toEqual([7, 8, 9]);
    expect(newest.count).toBe(7);
  });
});
