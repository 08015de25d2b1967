import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import { changeOf, type Roster, rosterOf } from '../../../src/pool/roster.ts';
import { groupConfig, plan } from './fixtures.ts';

const planFor = (name: string, instances: number, fingerprint = 'one'): GroupPlan =>
  plan({}, { group: groupConfig({ name, instances }), fingerprint });
const roster = (...plans: GroupPlan[]): Roster => rosterOf(new Map(plans.map((one) => [one.group.name, one])));

describe('a roster', () => {
  it('numbers the instances of each group', () => {
    const all = roster(planFor('a', 3), planFor('b_x', 1), planFor('none', 0));
    expect([...all.keys()]).toEqual(['a#1', 'a#2', 'a#3', 'b_x#1']);
    expect(all.get('a#2')?.group.name).toBe('a');
  });
});

describe('a reload', () => {
  it('changes nothing where nothing has changed', () => {
    expect(changeOf(roster(planFor('a', 2)), roster(planFor('a', 2)))).toEqual({ stop: [], start: [], replace: [] });
  });

  it('starts and stops only the difference in number', () => {
    expect(changeOf(roster(planFor('a', 1)), roster(planFor('a', 3))).start).toEqual(['a#2', 'a#3']);
    expect(changeOf(roster(planFor('a', 3)), roster(planFor('a', 1))).stop).toEqual(['a#2', 'a#3']);
  });

  it('replaces only the groups whose settings or plugin have changed', () => {
    const before = roster(planFor('a', 2), planFor('b', 1));
    const after = roster(planFor('a', 2, 'two'), planFor('b', 1));
    expect(changeOf(before, after)).toEqual({ stop: [], start: [], replace: ['a#1', 'a#2'] });
  });

  it('leads from any roster to any other, and touches each instance at most once', () => {
    const groups = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), count: fc.nat({ max: 4 }), print: fc.constantFrom('1', '2') }),
      { selector: ({ name }) => name },
    );
    const made = groups.map((all) => roster(...all.map(({ name, count, print }) => planFor(name, count, print))));
    fc.assert(
      fc.property(made, made, (before, after) => {
        const { stop, start, replace } = changeOf(before, after);
        const touched = [...stop, ...start, ...replace];
        expect(new Set(touched).size).toBe(touched.length);
        const result = new Map([...before].filter(([name]) => !stop.includes(name)));
        for (const name of [...start, ...replace]) result.set(name, after.get(name) as GroupPlan);
        const prints = (one: Roster): unknown =>
          [...one].map(([name, { fingerprint }]) => [name, fingerprint]).toSorted();
        expect(prints(result)).toEqual(prints(after));
      }),
    );
  });
});
