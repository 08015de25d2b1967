import { expect, it } from 'vitest';
import { ratesBetween } from '../../../../src/cli/fleet/rates.ts';
import { dispatcher, fleet, group, NOW, pool } from './fleet.ts';

it('tells what each dispatcher and each group of each pool did per second', () => {
  const heavy = group({ group: 'heavy', finished: 5 });
  const before = fleet({ pools: [pool('p1', { groups: [group(), heavy] }), pool('p2')] });
  const after = fleet({
    at: NOW + 2_000,
    dispatchers: [dispatcher('d1', { forwarded: 300 })],
    pools: [pool('p1', { groups: [group({ finished: 20, failed: 4 }), heavy] }), pool('p2')],
  });
  const rates = ratesBetween(before, after);
  expect(rates.forwarded('d1')).toBe(100);
  expect([rates.ended('p1', group()), rates.ended('p1', heavy), rates.ended('p2', group())]).toEqual([7, 0, 0]);
});

it('knows nothing of a daemon that was not there before, or was started anew', () => {
  const after = fleet({ at: NOW + 1_000, dispatchers: [dispatcher('d1', { forwarded: 3 }), dispatcher('d2')] });
  const rates = ratesBetween(fleet(), after);
  expect([rates.forwarded('d1'), rates.forwarded('d2'), rates.ended('gone', group())]).toEqual([null, null, null]);
});
