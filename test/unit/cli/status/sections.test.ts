import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../../../src/cli/fleet/fleet.ts';
import { NO_RATES, ratesBetween } from '../../../../src/cli/fleet/rates.ts';
import { sectionsFor } from '../../../../src/cli/status/sections.ts';
import { widthOf } from '../../../../src/cli/text-width.ts';
import { dispatcher, fleet, group, instance, job, NOW, pool, queue } from '../fleet/fleet.ts';

const textOf = (shown: Fleet, width: number | null = null, withIdle = false): string =>
  sectionsFor({ fleet: shown, rates: NO_RATES, withIdle }, width).join('\n');
const titles = (shown: Fleet): string[] =>
  sectionsFor({ fleet: shown, rates: NO_RATES, withIdle: false }, null).map((part) => part.split(/[ \n]/)[0] as string);

const BUSY = instance({
  name: 'build#1',
  jobs: [job({ id: 'wi-1', startedAt: NOW - 45_000, attempt: 2, progress: 0.509, note: 'half way' })],
});

describe('the status', () => {
  it('has a part for each thing that there is, and none for what there is not', () => {
    expect(titles(fleet())).toEqual(['broker', 'QUEUE', 'DISPATCHER', 'POOL', 'GROUP']);
    const pauses = [{ type: 'build', by: 'ada', reason: 'disk full', since: NOW - 60_000, untilMs: null }];
    const busy = pool('p1', {
      groups: [group({ instances: [BUSY], failed: 1, lastFailure: { at: NOW, error: 'x' } })],
      pauses,
    });
    expect(titles(fleet({ pools: [busy], queues: [queue('taskqueue.dead', 1, 0)] }))).toEqual([
      'broker',
      'QUEUE',
      'DISPATCHER',
      'POOL',
      'GROUP',
      'PROCESS',
      'FAILING',
      'PAUSED',
      'ADVICE',
    ]);
    expect(titles(fleet({ dispatchers: [], pools: [], queues: [] }))).toEqual(['broker', 'ADVICE']);
  });

  it('tells what each process works on, for how long, and how far it is; the longest first', () => {
    const late = instance({ name: 'build#2', jobs: [job({ id: 'wi-2', startedAt: NOW - 3_000 })] });
    const text = textOf(fleet({ pools: [pool('p1', { groups: [group({ instances: [late, BUSY] })] })] }));
    expect(text).toMatch(
      /^build#1 +host-p1 +100 +45s +wi-1 +attempt 2 50 % half way\nbuild#2 +host-p1 +100 +3s +wi-2$/m,
    );
  });

  it('lists processes that have nothing to do only where they are asked for', () => {
    const idle = fleet({
      pools: [pool('p1', { groups: [group({ instances: [instance(), instance({ phase: 'starting' })] })] })],
    });
    expect(textOf(idle)).not.toContain('PROCESS');
    expect(textOf(idle, null, true)).toMatch(/build#1 .*60s +\(nothing\)\nbuild#1 .*\(starting\)/);
  });

  it('tells what is failing, and why: processes, and workitems of the last hour', () => {
    const broken = instance({ phase: 'waiting', problem: 'was killed by SIGSEGV', since: NOW - 2_000 });
    const groups = [
      group({ type: 'a', instances: [broken, instance()] }),
      group({ type: 'b', failed: 12, lastFailure: { at: NOW - 180_000, error: 'no such file' } }),
      group({ type: 'c', failed: 3, lastFailure: { at: NOW - 3_600_001, error: 'long ago' } }),
    ];
    const text = textOf(fleet({ pools: [pool('p1', { groups })] }));
    expect(text).toMatch(/^a: processes +host-p1 +1 of 2 +2s +was killed by SIGSEGV$/m);
    expect(text).toMatch(/^b: workitems +host-p1 +12 +3m +no such file$/m);
    expect(text).not.toContain('long ago');
  });

  it('tells how fast it goes, where that is known', () => {
    const after = fleet({
      at: NOW + 2_000,
      dispatchers: [dispatcher('d1', { forwarded: 400 })],
      queues: [queue('taskqueue', 6, 1)],
    });
    const parts = sectionsFor({ fleet: after, rates: ratesBetween(fleet(), after), withIdle: false }, null);
    expect(parts[1]).toMatch(/^taskqueue +6 +1 +153 +150$/m);
    expect(parts[2]).toMatch(/ 400 +150 +0$/m);
  });

  it('names each pause once, though all daemons know it, and when it ends', () => {
    const pause = { type: 'build', by: 'ada', reason: '', since: NOW - 60_000, untilMs: NOW + 7_200_000 };
    const all = fleet({ pools: [pool('p1', { pauses: [pause] }), pool('p2', { pauses: [pause] })] });
    expect(textOf(all).match(/^build +ada +60s +in 2h +-$/gm)).toHaveLength(1);
  });

  it('fits 80 columns, with names that are long and a hundred processes', () => {
    const instances = Array.from({ length: 100 }, (_, number) =>
      instance({
        name: `a-rather-long-name#${number}`,
        jobs: [job({ id: '0190b6c0-1111-7abc-8def-0123456789ab', note: 'x'.repeat(99) })],
      }),
    );
    const groups = [group({ type: 'a-rather-long-name', group: 'and-a-group', user: 'some-user', instances })];
    const wide = pool('a-host.with.a.rather.long.name.example.org', { groups, problem: 'p '.repeat(100) });
    const queues = [queue(`worker_${'long'.repeat(20)}`, 5, 0)];
    const text = textOf(fleet({ pools: [wide], queues }), 80);
    const cut = text.split('ADVICE')[0] as string; // advice is folded, and a name in it not cut
    expect(Math.max(...cut.split('\n').map(widthOf))).toBeLessThanOrEqual(80);
    expect(text.match(/a-rather-lon\S*#?/g)?.length).toBeGreaterThan(100);
  });

  it('shows nothing of others that a terminal would act on, and no tabs', () => {
    const evil = '\x1b[2J\n\t\u202e';
    const jobs = [job({ id: evil, note: evil })];
    const instances = [instance({ name: evil, jobs }), instance({ name: evil, phase: 'waiting', problem: evil })];
    const one = group({ type: evil, user: evil, instances, lastFailure: { at: NOW, error: evil } });
    const pauses = [{ type: evil, by: evil, reason: evil, since: NOW, untilMs: null }];
    const pools = [
      { ...pool('p1', { groups: [one], problem: evil, pauses, broker: evil, release: evil }), host: evil },
    ];
    const dispatchers = [dispatcher('d1', { awaited: [`worker_${evil}`], problem: evil })];
    const shown = fleet({ broker: evil, pools, dispatchers, queues: [queue(evil, 1, 0)] });
    for (const width of [null, 80]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(textOf(shown, width)).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    }
  });
});
