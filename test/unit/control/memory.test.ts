import { describe, expect, it } from 'vitest';
import { Memory } from '../../../src/control/memory.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import { EVERY_EVENT, event } from './events.ts';

function memoryOf(...events: readonly TaskqueueEvent[]): Memory {
  const memory = new Memory();
  for (const one of events) memory.sink(one);
  return memory;
}

const states = (memory: Memory, id: string): string[] =>
  memory.recall(id).map((one) => (one.state === 'ended' ? one.status : one.state));

describe('a daemon remembers', () => {
  it('where it sent a workitem, by its id and by its run', () => {
    const memory = memoryOf(event('routed', { id: 'w1', run: 'r1', at: 5 }));
    const expected = [{ id: 'w1', run: 'r1', type: 't', at: 5, state: 'routed', queue: 'worker_t' }];
    expect(memory.recall('w1')).toEqual(expected);
    expect(memory.recall('r1')).toEqual(expected);
    expect(memory.recall('w')).toEqual([]);
  });

  it('until when one is delayed, and why, until it is back', () => {
    const memory = memoryOf(event('delayed', { run: 'r1', untilMs: 500, why: 'broken', attempt: 3 }));
    expect(memory.recall('r1')).toMatchObject([{ state: 'delayed', untilMs: 500, why: 'broken', attempt: 3 }]);
    expect(memory.delayedAt(499)).toBe(1);
    expect(memory.delayedAt(500)).toBe(0);
    memory.sink(event('started', { run: 'r1' }));
    expect(memory.recall('r1')).toEqual([]); // whoever works on it says so
    expect(memory.delayedAt(499)).toBe(0);
  });

  it('how one ended', () => {
    const at = { at: 2 };
    expect(states(memoryOf(event('routed'), event('finished', at)), 'w')).toEqual(['finished']);
    expect(states(memoryOf(event('delayed'), event('failed', at)), 'w')).toEqual(['failed']);
    expect(states(memoryOf(event('delayed'), event('cancelled', at)), 'w')).toEqual(['cancelled']);
    expect(states(memoryOf(event('delayed'), event('expired', at)), 'w')).toEqual(['expired']);
    expect(memoryOf(event('failed')).recall('w')).toMatchObject([{ error: 'broken' }]);
  });

  it('that one is parked, though its failed result came after that', () => {
    expect(states(memoryOf(event('parked'), event('failed')), 'w').sort()).toEqual(['failed', 'parked']);
    expect(states(memoryOf(event('unroutable'), event('parked', { at: 2 })), 'w')).toEqual(['parked']);
  });

  it('how many it has put into each queue, the latest thousand of them', () => {
    const many = Array.from({ length: 1_001 }, (_, number) => event('routed', { queue: `worker_${number}` }));
    const { queues } = memoryOf(
      ...many,
      event('routed', { queue: 'worker_7' }),
      event('unroutable', { queue: 'worker_x' }),
    );
    expect(queues).toHaveLength(1_000);
    expect(queues.filter(({ queue }) => ['worker_0', 'worker_7', 'worker_x'].includes(queue))).toEqual([
      { queue: 'worker_7', forwarded: 2 },
    ]);
  });

  it('the last that became of each life, the latest life first', () => {
    const memory = memoryOf(
      event('parked', { run: 'r1', at: 1 }),
      event('unroutable', { run: 'r2', at: 2 }),
      event('routed', { run: 'r2', at: 3 }),
      event('finished', { run: 'r3', at: 4, id: 'other' }),
    );
    expect(memory.recall('w').map(({ run, state }) => [run, state])).toEqual([
      ['r2', 'routed'],
      ['r1', 'parked'],
    ]);
  });

  it('the last thousand of each kind, and at least ten thousand that are delayed', () => {
    const memory = new Memory();
    for (let n = 0; n < 20_001; n++) {
      memory.sink(event('delayed', { run: `d${n}` }));
      memory.sink(event('finished', { run: `f${n}` }));
      memory.sink(event('parked', { run: `p${n}` }));
      memory.sink(event('routed', { run: `q${n}` }));
    }
    const isKnown = (...runs: string[]): boolean[] => runs.map((run) => memory.recall(run).length > 0);
    expect(isKnown('d0', 'd10001', 'd20000')).toEqual([false, true, true]);
    expect(isKnown('f19000', 'f19001', 'f20000')).toEqual([false, true, true]);
    expect(isKnown('p19000', 'p19001', 'q19000', 'q19001')).toEqual([false, true, false, true]);
  });

  it('the same workitem once, however often it is delayed', () => {
    const memory = new Memory();
    for (let n = 0; n < 100; n++) memory.sink(event('delayed', { untilMs: n }));
    expect(memory.recall('w')).toMatchObject([{ untilMs: 99 }]);
  });

  it('nothing of instances', () => {
    const memory = memoryOf(...EVERY_EVENT);
    expect(memory.recall('t#1')).toEqual([]);
  });
});
