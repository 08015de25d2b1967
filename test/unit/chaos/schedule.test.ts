import { describe, expect, it } from 'vitest';
import { type Fault, faultKind, type Shape, scheduleFor } from '../../chaos/schedule.ts';

const SHAPE: Shape = { hosts: 2, nodes: 1, kinds: null };
const HOUR_MS = 3_600_000;

const kindsOf = (faults: readonly Fault[]): Set<string> => new Set(faults.map(({ kind }) => kind));

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(scheduleFor(7, HOUR_MS, SHAPE)).toEqual(scheduleFor(7, HOUR_MS, SHAPE));
    expect(scheduleFor(8, HOUR_MS, SHAPE)).not.toEqual(scheduleFor(7, HOUR_MS, SHAPE));
  });

  it('begins alike however long it goes on, so that a short run replays the beginning of a long one', () => {
    const short = scheduleFor(7, 60_000, SHAPE);
    expect(short.length).toBeGreaterThan(5);
    expect(scheduleFor(7, HOUR_MS, SHAPE).slice(0, short.length)).toEqual(short);
  });

  it('has every kind of fault on every host in the long run; leaders are killed only where there are others', () => {
    const cluster = scheduleFor(1, HOUR_MS, { ...SHAPE, nodes: 3 });
    for (const host of [0, 1]) {
      const kinds = kindsOf(cluster.filter((fault) => fault.host === host));
      expect(kinds.size).toBe(23);
    }
    expect(new Set(cluster.map(({ node }) => node))).toEqual(new Set([0, 1, 2]));
    expect(kindsOf(scheduleFor(1, HOUR_MS, SHAPE))).not.toContain('leader-kill');
  });

  it('has only the kinds that are wanted, and refuses one that there is not', () => {
    const kinds = ['pool-kill', 'link-cut'].map(faultKind);
    expect(kindsOf(scheduleFor(1, HOUR_MS, { ...SHAPE, kinds }))).toEqual(new Set(kinds));
    expect(() => faultKind('pool-kil')).toThrow('there are worker-kill,');
  });

  it('does not hit a broker again before it can be back', () => {
    const kills = scheduleFor(3, HOUR_MS, { ...SHAPE, nodes: 3 }).filter(({ kind }) => /^(broker|leader)-/.test(kind));
    const gaps = kills
      .slice(1)
      .map((fault, index) => fault.at - (kills[index] as Fault).at - (kills[index] as Fault).ms);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_000);
  });
});
