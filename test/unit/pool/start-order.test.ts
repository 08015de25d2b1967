import { beforeEach, describe, expect, it } from 'vitest';
import { rosterOf } from '../../../src/pool/roster.ts';
import { StartQueue, startOrder } from '../../../src/pool/start-order.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { byName, planFor } from './fixtures.ts';

describe('startOrder', () => {
  it('has the first of each group before the second of any, and larger groups before smaller ones', () => {
    const plans = byName([planFor('a'), planFor('b', 3), planFor('c', 2), planFor('d')]);
    const names = startOrder(rosterOf(plans)).map(([name]) => name);
    expect(names).toEqual(['b#1', 'c#1', 'a#1', 'd#1', 'b#2', 'c#2', 'b#3']);
  });

  it('keeps each with its plan', () => {
    const roster = rosterOf(byName([planFor('a', 2), planFor('b')]));
    expect(new Map(startOrder(roster))).toEqual(roster);
  });
});

describe('StartQueue', () => {
  let clock: ManualClock;
  let started: string[];
  let queue: StartQueue<string>;

  beforeEach(() => {
    clock = manualClock();
    started = [];
    queue = new StartQueue(clock, 2);
  });

  function add(...names: string[]): void {
    for (const name of names) queue.add(name, () => started.push(name));
  }

  it('starts at once where there is room, and the next one when one has started', () => {
    add('a', 'b', 'c', 'd');
    expect(started).toEqual(['a', 'b']);
    queue.done('b');
    expect(started).toEqual(['a', 'b', 'c']);
    queue.done('a');
    queue.done('c');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('does not wait for long for one that takes its time', async () => {
    add('a', 'b', 'c', 'd', 'e');
    await clock.advance(300);
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(300);
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('gives one turn for one start, however late that is done, and however often it is said', async () => {
    add('a', 'b', 'c', 'd', 'e', 'f');
    await clock.advance(300);
    queue.done('a'); // its turn was over already
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    queue.done('c');
    queue.done('c');
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('forgets one that is not wanted any more before its turn', () => {
    add('a', 'b', 'c', 'd');
    queue.done('c');
    expect(started).toEqual(['a', 'b']);
    queue.done('a');
    expect(started).toEqual(['a', 'b', 'd']);
  });

  it('leaves no timer behind when all have started', () => {
    add('a', 'b');
    queue.done('a');
    queue.done('b');
    expect(clock.pending).toBe(0);
  });
});
