// Suspects among the workitems of an instance: each has the process to itself.
import { beforeEach, describe, expect, test } from 'vitest';
import { ALONE_WITHIN_MS, aloneTimes, suspectTimes } from '../../../src/pool/alone-times.ts';
import { Bench } from '../../../src/pool/bench.ts';
import type { Job } from '../../../src/pool/job.ts';
import { WAITS_AT_MOST_MS } from '../../../src/pool/read-ahead.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let told: string[];
let bench: Bench;

function job(number: number): Job {
  const delivery = { isOpen: true };
  return { number, delivery, message: { body: Buffer.alloc(100) }, startedAt: 0 } as unknown as Job;
}

describe('a suspect', () => {
  const suspect = (number: number, postponements = 0): Job => {
    const counts = { attempt: 1, crashes: 0, suspicions: 1, postponements, redeliveries: 0 };
    return { ...job(number), isSuspect: true, counts };
  };

  beforeEach(() => {
    clock = manualClock();
    told = [];
    bench = new Bench({
      clock,
      places: 3,
      start: ({ number }) => told.push(`start ${number}`),
      urge: ({ number }) => told.push(`urge ${number}`),
      lineUp: () => false,
      takeBack: () => [],
      turnAway: ({ number }) => told.push(`turn away ${number}`),
      pass: ({ number }) => told.push(`pass ${number}`),
      postpone: ({ number }) => told.push(`postpone ${number}`),
      isSeated: ({ isOpen }) => isOpen,
      want: (count) => told.push(`want ${count}`),
    });
  });

  test('has the process to itself: it begins when the others are done, and nothing comes or begins beside it', () => {
    const [one, two, three] = [job(1), suspect(2), job(3)];
    for (const each of [one, two, three]) bench.add(each);
    expect(told).toEqual(['start 1']);
    bench.finished(one);
    expect(told).toEqual(['start 1', 'start 2', 'want 0']);
    bench.finished(two);
    expect(told.slice(3)).toEqual(['start 3', 'want 3']);
  });

  test('does not keep others waiting here while it works', async () => {
    for (const each of [suspect(1), job(2), suspect(3)]) bench.add(each);
    await clock.advance(WAITS_AT_MOST_MS);
    expect(told).toEqual(['start 1', 'want 0', 'pass 2', 'pass 3']);
  });

  test('is postponed where the others take their time, and they go on', async () => {
    for (const each of [job(1), suspect(2), job(3)]) bench.add(each);
    await clock.advance(ALONE_WITHIN_MS - 1);
    expect(told).toEqual(['start 1']);
    await clock.advance(1);
    expect(told).toEqual(['start 1', 'postpone 2', 'start 3']);
  });

  test('that was postponed before holds them up for longer, so that it gets its turn; the others go elsewhere', async () => {
    const one = job(1);
    for (const each of [one, suspect(2, 3), job(3)]) bench.add(each);
    await clock.advance(ALONE_WITHIN_MS);
    expect(told).toEqual(['start 1', 'want 0', 'pass 3']);
    await clock.advance(ALONE_WITHIN_MS * 6);
    bench.finished(one);
    expect(told.slice(3)).toEqual(['start 2']);
  });

  test('that is postponed again leaves the process to the others', async () => {
    for (const each of [job(1), suspect(2, 1)]) bench.add(each);
    await clock.advance(ALONE_WITHIN_MS * 2);
    expect(told).toEqual(['start 1', 'want 0', 'postpone 2', 'want 3']);
    bench.add(job(3));
    expect(told.slice(4)).toEqual(['start 3']);
  });

  test('that they were held up for in vain is not followed by another at once', async () => {
    for (const each of [job(1), suspect(2, 3)]) bench.add(each);
    await clock.advance(ALONE_WITHIN_MS * 8);
    bench.add(suspect(3, 3));
    told.length = 0;
    await clock.advance(ALONE_WITHIN_MS);
    expect(told).toEqual(['postpone 3']);
    await clock.advance(ALONE_WITHIN_MS * 70);
    bench.add(suspect(4, 3));
    await clock.advance(ALONE_WITHIN_MS);
    expect(told).toEqual(['postpone 3', 'want 0']);
  });

  test('does not keep the others from here once its delivery is gone, however long it was to wait', async () => {
    const lost = suspect(2, 6);
    for (const each of [job(1), lost]) bench.add(each);
    await clock.advance(ALONE_WITHIN_MS);
    Object.assign(lost.delivery, { isOpen: false });
    await clock.advance(WAITS_AT_MOST_MS);
    expect(told).toEqual(['start 1', 'want 0', 'turn away 2', 'want 3']);
  });

  test('with a process that has but one place leaves its consumer as it is', () => {
    bench.places = 1;
    told.length = 0;
    const one = suspect(1);
    bench.add(one);
    bench.finished(one);
    expect(told).toEqual(['start 1']);
  });
});

test('the times double, but nobody holds up others for more than 40 s, and a tenth of the time', () => {
  const times = (postponements: number): number[] => {
    const counts = { attempt: 1, crashes: 0, suspicions: 1, postponements, redeliveries: 0 };
    const all = [suspectTimes(counts), aloneTimes(counts)];
    return all.flatMap(({ waitsMs, postponedMs, restMs }) => [waitsMs, postponedMs, restMs].map((ms) => ms / 1000));
  };
  expect([0, 1, 3, 4, 2 ** 53 - 1].map(times)).toEqual([
    [5, 10, 0, 5, 60, 0],
    [10, 20, 50, 10, 120, 50],
    [40, 80, 350, 40, 480, 350],
    [40, 80, 350, 40, 480, 350],
    [40, 80, 350, 40, 480, 350],
  ]);
});
