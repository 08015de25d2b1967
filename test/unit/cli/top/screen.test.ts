import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../../../src/cli/fleet/fleet.ts';
import { NO_RATES, ratesBetween } from '../../../../src/cli/fleet/rates.ts';
import { screenFor, type View } from '../../../../src/cli/top/screen.ts';
import { dispatcher, fleet, group, instance, job, NOW, pool, queue, silentQueue } from '../fleet/fleet.ts';

function view(of: Fleet, more: Partial<View> = {}): View {
  return { fleet: of, rates: NO_RATES, scroll: 0, isFrozen: false, problem: null, ...more };
}

/** A host that works on something for this long. */
function busy(name: string, seconds: number, more: Parameters<typeof job>[0] = {}) {
  return instance({ name, pid: 7, jobs: [job({ id: `work-${name}`, startedAt: NOW - seconds * 1000, ...more })] });
}

const MANY = fleet({
  pools: Array.from({ length: 10 }, (_, host) =>
    pool(`p${host}`, {
      groups: [
        group({
          wanted: 30,
          instances: Array.from({ length: 30 }, (_, n) => busy(`build#${n + 1}`, host * 100 + n)),
        }),
      ],
    }),
  ),
});

describe('what top shows', () => {
  it('the types with their backlog, the longest first, and how fast they go', () => {
    const before = fleet({ pools: [pool('p1', { groups: [group(), group({ type: 'print' })] })] });
    const now = fleet({
      at: NOW + 1000,
      pools: [pool('p1', { groups: [group({ finished: 22, failed: 1 }), group({ type: 'print' })] })],
      queues: [queue('taskqueue', 0, 1), queue('worker_build', 2, 1), queue('worker_print', 30, 1)],
    });
    const { lines } = screenFor(view(now, { rates: ratesBetween(before, now) }), 80, null);
    expect(lines.slice(2, 5).map((line) => line.split(/\s+/))).toEqual([
      ['TYPE', 'WAITING', 'BUSY', 'PROCS', 'DONE/S', 'FAILED', 'NOTE'],
      ['print', '30', '0', '1/1', '0.0', '0'],
      ['build', '2', '0', '1/1', '13.0', '1'],
    ]);
  });

  it('a question mark for the backlog about which the broker says nothing, and a warning', () => {
    const { lines } = screenFor(view(fleet({ queues: [silentQueue('worker_build')] })), 80, null);
    expect(lines[3]).toMatch(/^build +\? +0 +1\/1 /);
    expect(lines).toContainEqual(expect.stringMatching(/^! the broker says nothing about worker_build/));
  });

  it('what is worked on, the longest first, then what does not run, then what is idle', () => {
    const instances = [
      instance({ name: 'build#1' }),
      instance({ name: 'build#2', phase: 'waiting', pid: null, problem: 'was killed by SIGSEGV' }),
      busy('build#3', 5, { progress: 0.5, note: 'half' }),
      busy('build#4', 90, { attempt: 3 }),
    ];
    const { lines } = screenFor(view(fleet({ pools: [pool('p1', { groups: [group({ instances })] })] })), 100, null);
    const title = lines.findIndex((line) => line.startsWith('PROCESS'));
    expect(lines.slice(title + 1).map((line) => line.split(/\s{2,}/).join(' '))).toEqual([
      'build#4 host-p1 7 90s work-build#4 attempt 3',
      'build#3 host-p1 7 5s work-build#3 [#####·····] 50 % half',
      'build#2 host-p1 - 60s (waiting: was killed by SIGSEGV)',
      'build#1 host-p1 100 60s -',
    ]);
  });

  it('what is off, a pause, and that it could not look', () => {
    const pause = { type: 'build', by: 'ada', reason: 'upgrade', since: NOW, untilMs: null };
    const off = fleet({ dispatchers: [], pools: [pool('p1', { pauses: [pause] })] });
    const text = screenFor(view(off, { problem: 'the broker is away' }), 100, null).lines.join('\n');
    expect(text).toMatch(/build .* paused by ada: upgrade$/m);
    expect(text).toMatch(/^! the broker is away$/m);
    expect(text).toMatch(/^! no dispatcher answers/m);
  });

  it('escapes what a terminal would act on', () => {
    const instances = [busy('build#1', 5, { id: '\x1b[2Jbad', note: '\x07', progress: 1 })];
    const text = screenFor(
      view(fleet({ pools: [pool('p1', { groups: [group({ instances })] })] })),
      100,
      30,
    ).lines.join('');
    expect(text).toContain('bad');
    expect([...text].filter((char) => char < ' ')).toEqual([]);
  });
});

describe('hundreds of processes on 80 by 24', () => {
  it.each([
    [80, 24],
    [80, 10],
    [40, 24],
    [200, 60],
  ])('%d columns and %d rows are enough, and no line is too long', (columns, rows) => {
    const dispatchers = Array.from({ length: 3 }, (_, n) => dispatcher(`d${n}`, { problem: 'refused' }));
    const { lines } = screenFor(view({ ...MANY, dispatchers }), columns, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  it('the lower table can be scrolled to its last line', () => {
    const first = screenFor(view(MANY), 80, 24);
    expect(first.lines.at(-1)).toMatch(new RegExp(`^1-${first.page} of 300 `));
    const last = screenFor(view(MANY, { scroll: first.mostScroll }), 80, 24);
    expect(last.lines.at(-1)).toMatch(/^\d+-300 of 300 /);
    expect(last.lines.at(-2)).toMatch(/^build#1 .*work-build#1/);
    expect(screenFor(view(MANY, { scroll: 9_999 }), 80, 24).lines).toEqual(last.lines);
  });
});
