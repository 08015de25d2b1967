import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deaths, isFailing, restartDelayMs, withDeath } from '../../../src/pool/restart-limit.ts';

/** Dies again and again, each time after `lifeMs`, and is restarted when it should be. */
function dyingAfter(lifeMs: number, wasReady: boolean, times: number): { delays: number[]; deaths: Deaths } {
  let [deaths, now]: [Deaths, number] = [[], 0];
  const delays: number[] = [];
  for (let n = 0; n < times; n++) {
    now += lifeMs;
    deaths = withDeath(deaths, now, wasReady);
    delays.push(restartDelayMs(deaths));
    now += delays.at(-1) as number;
  }
  return { delays, deaths };
}

describe('a process that dies', () => {
  it('is started again at once the first time, then with a growing delay up to half a minute', () => {
    const { delays } = dyingAfter(10, true, 12);
    expect(delays).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('for ever is never started more often than every half minute, in the long run', () => {
    expect(
      dyingAfter(10, true, 200)
        .delays.slice(8)
        .every((delay) => delay === 30_000),
    ).toBe(true);
  });

  it('counts as failing from the third time on', () => {
    expect(isFailing([])).toBe(false);
    expect(isFailing(dyingAfter(10, true, 2).deaths)).toBe(false);
    expect(isFailing(dyingAfter(10, true, 3).deaths)).toBe(true);
  });

  it('now and then is started again at once each time', () => {
    const { delays, deaths } = dyingAfter(5 * 60_000, true, 10);
    expect(new Set(delays)).toEqual(new Set([0]));
    expect(isFailing(deaths)).toBe(false);
  });

  it('without ever having been ready counts as failing, however long it takes to die', () => {
    const { delays, deaths } = dyingAfter(3_600_000, false, 10);
    expect(isFailing(deaths)).toBe(true);
    expect(delays.at(-1)).toBe(30_000);
  });
});

it('no history of deaths grows without bound, or makes a delay beyond half a minute', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 1_000_000 }), fc.boolean()), { maxLength: 200 }), (lives) => {
      let [deaths, now]: [Deaths, number] = [[], 0];
      for (const [lifeMs, wasReady] of lives) {
        now += lifeMs;
        deaths = withDeath(deaths, now, wasReady);
        expect(deaths.length).toBeLessThanOrEqual(20);
        expect(restartDelayMs(deaths)).toBeLessThanOrEqual(30_000);
        expect(restartDelayMs(deaths)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
