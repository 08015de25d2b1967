import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/broker/broker.ts';
import { Bench, MOST_LINED_UP } from '../../../src/pool/bench.ts';
import type { Job } from '../../../src/pool/job.ts';
import { WAITS_AT_MOST_MS } from '../../../src/pool/read-ahead.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let told: string[];
let bench: Bench;
/** Jobs that the process has been given in advance, and has not begun. */
let linedUp: number[];
let linesUp: boolean;
let takenBack: number;
/** What an earlier consumer has brought. */
let unseated: Set<Delivery>;

beforeEach(() => {
  clock = manualClock();
  told = [];
  linedUp = [];
  linesUp = false;
  takenBack = 0;
  unseated = new Set();
  bench = new Bench({
    clock,
    places: 1,
    start: (job, isLinedUp) => {
      job.startedAt = clock.now();
      told.push(`${isLinedUp ? 'started' : 'start'} ${job.number}`);
    },
    urge: (job) => told.push(`urge ${job.number}`),
    lineUp: (job) => linesUp && linedUp.push(job.number) > 0,
    takeBack: () => {
      takenBack++;
      return linedUp.splice(0);
    },
    turnAway: (job) => told.push(`turn away ${job.number}`),
    pass: (job) => told.push(`pass ${job.number}`),
    postpone: (job) => told.push(`postpone ${job.number}`),
    isSeated: (delivery) => delivery.isOpen && !unseated.has(delivery),
    want: (count) => told.push(`want ${count}`),
  });
});

function job(number: number, isOpen = true): Job {
  const delivery = { isOpen };
  return { number, delivery, message: { body: Buffer.alloc(100) }, startedAt: 0 } as unknown as Job;
}

/** As many quick ones as it takes to read ahead. */
function warmUp(): void {
  for (let number = 1000; bench.wanted === 1; number++) {
    const quick = job(number);
    bench.add(quick);
    bench.finished(quick);
  }
  told.length = 0;
}

describe('a bench', () => {
  test('gives a place to as many as there are places, and to the next when one has ended', () => {
    const [one, two] = [job(1), job(2)];
    bench.add(one);
    bench.add(two);
    expect(told).toEqual(['start 1']);
    bench.finished(one);
    expect(told.slice(0, 2)).toEqual(['start 1', 'start 2']);
    expect([...bench.working.keys()]).toEqual([2]);
  });

  test('wants more than it has places for once handling is quick', () => {
    warmUp();
    expect(bench.wanted).toBeGreaterThan(1);
  });

  test('passes on what has waited too long beside a slow one, and wants no more of it', async () => {
    warmUp();
    for (const number of [1, 2, 3]) bench.add(job(number));
    await clock.advance(WAITS_AT_MOST_MS - 1);
    expect(told).toEqual(['start 1']);
    await clock.advance(1);
    expect(told).toEqual(['start 1', 'want 1', 'pass 2', 'pass 3']);
    expect(bench.working.size).toBe(1);
  });

  test('is patient as long as one after the other ends, and with what comes after that', async () => {
    warmUp();
    const jobs = [1, 2, 3, 4].map((number) => job(number));
    for (const one of jobs) bench.add(one);
    for (const one of jobs.slice(0, 3)) {
      await clock.advance(WAITS_AT_MOST_MS - 1);
      bench.finished(one);
    }
    await clock.advance(WAITS_AT_MOST_MS / 2);
    bench.add(job(5));
    await clock.advance(WAITS_AT_MOST_MS - 1);
    expect(told.filter((line) => line.startsWith('pass'))).toEqual([]);
    await clock.advance(1);
    expect(told).toContain('pass 5');
  });

  test('turns away what the broker has taken back meanwhile', () => {
    const one = job(1);
    bench.add(one);
    bench.add(job(2, false));
    bench.finished(one);
    expect(told).toContain('turn away 2');
    expect(bench.isEmpty).toBe(true);
  });

  test('passes on what waits when its process is dead', () => {
    const one = job(1);
    bench.add(one);
    bench.add(job(2));
    bench.remove(one);
    bench.passWaiting();
    expect(told).toEqual(['start 1', 'pass 2']);
    expect(bench.isEmpty).toBe(true);
  });
});

describe('the number of places', () => {
  test('may grow, so that those that wait begin', () => {
    bench.places = 0;
    for (const each of [job(1), job(2)]) bench.add(each);
    expect(told).toEqual(['want 0']);
    bench.places = 2;
    expect(told.slice(1)).toEqual(['start 1', 'start 2', 'want 2']);
  });

  test('may shrink, and what works goes on', () => {
    const [one, two] = [job(1), job(2)];
    bench.places = 2;
    for (const each of [one, two, job(3)]) bench.add(each);
    bench.places = 1;
    bench.finished(one);
    expect(told.filter((line) => line.startsWith('start'))).toEqual(['start 1', 'start 2']);
    bench.finished(two);
    expect(told.filter((line) => line.startsWith('start'))).toEqual(['start 1', 'start 2', 'start 3']);
  });

  test('wants nothing while its places are taken by workitems whose delivery is gone or elsewhere', () => {
    const one = job(1);
    bench.add(one);
    Object.assign(one, { delivery: { isOpen: false } });
    bench.add(job(2));
    expect(told.at(-1)).toBe('want 0');
    bench.finished(one);
    expect(told).toContain('start 2');
    expect(bench.wanted).toBe(1);
  });

  test('counts what came by an earlier consumer as taken, and reads ahead nevertheless where handling is quick', () => {
    bench.places = 3;
    const earlier = job(1);
    unseated.add(earlier.delivery);
    bench.add(earlier);
    expect(bench.wanted).toBe(2);
    for (let number = 2; number < 40; number++) {
      const quick = job(number);
      bench.add(quick);
      bench.finished(quick);
    }
    expect(bench.wanted).toBeGreaterThan(3);
  });

  test('is said anew, though it is the same, to a consumer that may be another one', () => {
    bench.sayWantedAnew();
    bench.sayWantedAnew();
    expect(told).toEqual(['want 1', 'want 1']);
  });

  test('wants one more for each workitem of another instance whose delivery came here', () => {
    const guest = job(7);
    bench.adopted(guest);
    expect(told).toEqual(['want 2']);
    Object.assign(guest.delivery, { isOpen: false });
    expect(bench.wanted).toBe(1);
  });

  test('takes the delivery of its own workitem that came again for what it is', () => {
    const one = job(1);
    bench.add(one);
    Object.assign(one, { delivery: { isOpen: true } });
    bench.adopted(one);
    expect(bench.wanted).toBe(1);
  });
});

describe('a process that is lined up for what waits', () => {
  const jobs = (...numbers: number[]): Job[] => numbers.map((number) => job(number));

  beforeEach(() => {
    linesUp = true;
    warmUp();
  });

  test('begins it by itself, when what it works on has ended', () => {
    const [one, two, three] = jobs(1, 2, 3) as [Job, Job, Job];
    for (const each of [one, two, three]) bench.add(each);
    expect([told, linedUp]).toEqual([['start 1'], [2, 3]]);
    linedUp.shift();
    bench.finished(one);
    expect(told).toEqual(['start 1', 'started 2']);
    expect([...bench.working.keys()]).toEqual([2]);
    expect(bench.waiting).toEqual([three]);
  });

  test('is given no more than a few in advance', () => {
    for (let number = 1; number <= MOST_LINED_UP + 10; number++) bench.add(job(number));
    expect(linedUp).toHaveLength(MOST_LINED_UP);
    expect(bench.waiting).toHaveLength(MOST_LINED_UP + 9);
  });

  test('is given nothing in advance while handling takes its time', async () => {
    bench.passWaiting();
    for (const each of jobs(1, 2, 3)) bench.add(each);
    expect(linedUp).toEqual([]);
  });

  test('gives back what it has not begun beside a slow one, and keeps what it has begun', async () => {
    for (const each of jobs(1, 2, 3, 4)) bench.add(each);
    linedUp.shift(); // the process is done with 1 and has begun 2; we are about to hear of it
    await clock.advance(WAITS_AT_MOST_MS);
    expect(told).toEqual(['start 1', 'started 2', 'want 1', 'pass 3', 'pass 4']);
    expect([...bench.working.keys()]).toEqual([1, 2]);
  });

  test('is urged to begin what was to be next, where that is taken back as well', () => {
    const [one, two, three] = jobs(1, 2, 3) as [Job, Job, Job];
    for (const each of [one, two, three]) bench.add(each);
    bench.finished(one); // it has not begun 2 yet
    bench.passWaiting();
    expect(told).toEqual(['start 1', 'started 2', 'urge 2', 'want 1', 'pass 3']);
    expect([...bench.working.keys()]).toEqual([2]);
  });

  test('has one taken away that it has not begun, and the others line up again', () => {
    const [one, two, three, four] = jobs(1, 2, 3, 4) as [Job, Job, Job, Job];
    for (const each of [one, two, three, four]) bench.add(each);
    expect(bench.takeAway(three)).toBe(true);
    expect(linedUp).toEqual([2, 4]);
    linedUp.shift();
    expect(bench.takeAway(two)).toBe(false);
    expect(told).toEqual(['start 1', 'started 2']);
    expect(linedUp).toEqual([4]);
  });

  test('gives back what the broker has taken back meanwhile', () => {
    const [one, two, three] = jobs(1, 2, 3) as [Job, Job, Job];
    for (const each of [one, two, three]) bench.add(each);
    for (const { delivery } of [two, three]) Object.assign(delivery, { isOpen: false });
    bench.finished(one);
    expect(told.slice(0, 3)).toEqual(['start 1', 'turn away 2', 'turn away 3']);
    expect(linedUp).toEqual([]);
  });

  test('is given no suspect in advance, nor what comes behind one', () => {
    const [one, two, four] = jobs(1, 2, 4) as [Job, Job, Job];
    for (const each of [one, two, { ...job(3), isSuspect: true }, four]) bench.add(each);
    expect(linedUp).toEqual([2]);
    linedUp.shift();
    bench.finished(one);
    bench.finished(two);
    expect(told.filter((line) => line.includes('start'))).toEqual(['start 1', 'started 2', 'start 3']);
    expect(linedUp).toEqual([]);
  });

  test('is given other places only when nothing is lined up', () => {
    for (const each of jobs(1, 2, 3)) bench.add(each);
    linesUp = false;
    bench.places = 2;
    expect(told.slice(0, 2)).toEqual(['start 1', 'start 2']);
    expect(linedUp).toEqual([]);
  });

  test('gives all back now and then, and goes on', () => {
    let last = job(1);
    bench.add(last);
    for (let number = 2; takenBack === 0; number++) {
      const next = job(number);
      bench.add(next);
      linedUp.length = 0; // it has begun
      bench.finished(last);
      last = next;
    }
    expect(last.number).toBeGreaterThan(100_000);
    bench.add(job(0));
    expect(linedUp).toEqual([0]);
  });
});
