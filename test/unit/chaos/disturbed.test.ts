import { expect, it } from 'vitest';
import { undisturbed } from '../../chaos/disturbed.ts';
import type { Done } from '../../chaos/injector.ts';
import type { FaultKind } from '../../chaos/schedule.ts';

function done(kind: FaultKind, from: number, until: number, host = 0): Done {
  return { fault: { at: 0, kind, host, node: 0, ms: 0, pick: 0 }, from, until, recoveryMs: until - from };
}

/** Whether `one` counts as undisturbed beside `other`. */
const isAlone = (one: Done, other: Done): boolean => undisturbed([one, other]).includes(one);

it.each<FaultKind>(['pool-kill', 'dispatcher-kill', 'link-cut'])(
  'a recovery from %s is disturbed by a broker that is away at that time, and by no other time',
  (kind) => {
    expect(isAlone(done(kind, 10, 20), done('broker-kill', 15, 30))).toBe(false);
    expect(isAlone(done(kind, 10, 20), done('broker-kill', 0, 10))).toBe(false);
    expect(isAlone(done(kind, 10, 20), done('broker-kill', 21, 30))).toBe(true);
  },
);

it('what happens to another host disturbs a daemon’s recovery not at all, and that of the broker', () => {
  const broker = done('broker-kill', 10, 20);
  for (const kind of ['pool-kill', 'link-stall'] as const) {
    expect(isAlone(done('pool-kill', 10, 20), done(kind, 10, 20, 1))).toBe(true);
    expect(isAlone(done('dispatcher-kill', 10, 20), done(kind, 10, 20, 1))).toBe(true);
    expect(isAlone(broker, done(kind, 10, 20, 1))).toBe(false);
  }
});

it('a pool recovers without a dispatcher, a dispatcher without a pool, and a worker without either', () => {
  expect(isAlone(done('pool-kill', 10, 20), done('dispatcher-stop', 10, 20))).toBe(true);
  expect(isAlone(done('dispatcher-kill', 10, 20), done('pool-stop', 10, 20))).toBe(true);
  expect(isAlone(done('worker-kill', 10, 20), done('broker-stop', 10, 20))).toBe(true);
  expect(isAlone(done('worker-kill', 10, 20), done('pool-stop', 10, 20))).toBe(false);
  expect(isAlone(done('broker-kill', 10, 20), done('dispatcher-stop', 10, 20))).toBe(true);
});

it('a fault in which a daemon dies while the broker takes nothing disturbs as both', () => {
  const both = done('dispatcher-kill-blocked', 10, 20);
  expect(isAlone(done('pool-kill', 10, 20), both)).toBe(false);
  expect(isAlone(done('dispatcher-kill', 10, 20), both)).toBe(false);
});
