import { expect, it } from 'vitest';
import { ratesBetween } from '../../../../src/cli/fleet/rates.ts';
import { dispatcher, fleet, group, NOW, pool, queue, silentQueue } from './fleet.ts';

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

it('tells what goes through a queue: what the daemons took out of it, and what must have come in', () => {
  const before = fleet({ queues: [queue('taskqueue', 10, 1), queue('worker_build', 50, 2), queue('results', 7, 0)] });
  const after = fleet({
    at: NOW + 2_000,
    dispatchers: [dispatcher('d1', { forwarded: 140 })],
    pools: [pool('p1', { groups: [group({ finished: 18, failed: 2 })] })],
    queues: [queue('taskqueue', 0, 1), queue('worker_build', 80, 2), queue('results', 17, 0), queue('new', 1, 0)],
  });
  const rates = ratesBetween(before, after);
  expect(rates.through('taskqueue')).toEqual({ in: 15, out: 20 });
  expect(rates.through('worker_build')).toEqual({ in: 20, out: 5 });
  expect(rates.through('results')).toEqual({ in: 5, out: 0 });
  expect(rates.through('new')).toEqual({ in: null, out: null });
});

it('knows nothing of a queue about which the broker said nothing, before or now', () => {
  const known = fleet({ queues: [queue('results', 7, 0)] });
  const silent = fleet({ at: NOW + 1_000, queues: [silentQueue('results')] });
  expect(ratesBetween(known, silent).through('results')).toEqual({ in: null, out: null });
  expect(ratesBetween(silent, { ...known, at: NOW + 2_000 }).through('results')).toEqual({ in: null, out: null });
});
