import { beforeEach, describe, expect, it } from 'vitest';
import { walk } from '../../../src/dispatcher/sweep-walk.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

let tools: FakeTools;
let stopping: AbortController;
let visited: string[];
let finish: Map<string, () => void>;

beforeEach(() => {
  tools = fakeTools();
  stopping = new AbortController();
  visited = [];
  finish = new Map();
});

const begin = (count: number): Promise<boolean> =>
  walk(tools, {
    queue: 'q',
    count,
    signal: stopping.signal,
    visit: (delivery) => {
      const name = delivery.message.body.toString();
      visited.push(name);
      return new Promise((resolve) => finish.set(name, resolve));
    },
  });
const deliver = (name: string): FakeDelivery => tools.broker.deliver('q', message(name));

describe('a walk', () => {
  it('is over when it has visited as many as it was to', async () => {
    const walked = begin(2);
    deliver('1');
    deliver('2');
    finish.get('2')?.();
    finish.get('1')?.();
    expect(await walked).toBe(true);
    expect(visited).toEqual(['1', '2']);
    expect(tools.clock.pending).toBe(0);
  });

  it('asks for no more at once than there are, and for a hundred at most', async () => {
    void begin(3);
    void begin(100_000);
    expect(tools.broker.consumersOf('q').map(({ prefetch }) => prefetch)).toEqual([3, 100]);
  });

  it('holds what comes beyond that until it consumes no more, lest it come again at once', async () => {
    const walked = begin(1);
    deliver('1');
    const beyond = [deliver('2'), deliver('3')];
    await tools.clock.advance(60_000);
    expect(beyond.map(({ end }) => end)).toEqual([null, null]);
    finish.get('1')?.();
    expect(await walked).toBe(true);
    expect(tools.broker.journal).toEqual(['stop q', 'requeue q', 'requeue q']);
    expect(visited).toEqual(['1']);
  });

  it('is over after two quiet seconds where somebody else gets the rest', async () => {
    const walked = begin(5);
    deliver('1');
    await tools.clock.advance(60_000);
    finish.get('1')?.();
    await tools.clock.advance(2_000);
    expect(await walked).toBe(false);
  });

  it('is over after two quiet seconds where nothing comes at all', async () => {
    const walked = begin(5);
    await tools.clock.advance(2_000);
    expect(await walked).toBe(false);
  });

  it('that is called off visits nobody else, and waits for whom it visits', async () => {
    const walked = begin(5);
    deliver('1');
    stopping.abort();
    const late = deliver('2');
    finish.get('1')?.();
    expect(await walked).toBe(false);
    expect([visited, late.end]).toEqual([['1'], 'requeued']);
  });
});
