import { beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/broker/broker.ts';
import { walk, windowAfter } from '../../../src/handling/walk.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';
import { broker, clock, passing, queues, setUp, to } from '../broker/memory/embedded.ts';

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
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
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

  it('in which a visit goes wrong waits for the others, visits nothing more, and rejects with that', async () => {
    let finishFirst: () => void = () => undefined;
    const visit = (delivery: Delivery): Promise<void> => {
      visited.push(delivery.message.body.toString());
      return visited.length === 1
        ? new Promise((resolve) => (finishFirst = resolve))
        : Promise.reject(new Error('no disk'));
    };
    const walking = walk(tools, { queue: 'q', count: 3, signal: stopping.signal, visit });
    deliver('1');
    deliver('2');
    await settled();
    deliver('3');
    expect(tools.broker.consumers.every(({ isStopped }) => !isStopped)).toBe(true);
    finishFirst();
    await expect(walking).rejects.toThrow('no disk');
    expect(visited).toEqual(['1', '2']);
    expect(tools.broker.consumers.every(({ isStopped }) => isStopped)).toBe(true);
    expect(tools.clock.pending).toBe(0);
  });

  it('that cannot find out whether there is more ends, and rejects', async () => {
    const more = (): Promise<number> => Promise.reject(new Error('no answer'));
    const walking = walk(tools, { queue: 'q', count: 1, signal: stopping.signal, visit: () => undefined, more });
    deliver('1');
    await expect(walking).rejects.toThrow('no answer');
  });

  it('through nothing is over at once', async () => {
    expect(await begin(0)).toBe(true);
    expect(tools.broker.consumers).toEqual([]);
  });

  it('asks for no more at once than there are, and for a hundred at first', async () => {
    void begin(3);
    void begin(100_000);
    expect(tools.broker.consumersOf('q').map(({ prefetch }) => prefetch)).toEqual([3, 100]);
  });

  it('holds what comes beyond that until it is over, and gives it back in one go', async () => {
    const walked = begin(1);
    deliver('1');
    const beyond = [deliver('2'), deliver('3')];
    await tools.clock.advance(60_000);
    expect(beyond.map(({ end }) => end)).toEqual([null, null]);
    finish.get('1')?.();
    expect(await walked).toBe(true);
    expect(tools.broker.journal).toEqual(['release q']);
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
    deliver('2');
    finish.get('1')?.();
    expect(await walked).toBe(false);
    expect([visited, tools.broker.journal]).toEqual([['1'], ['release q']]);
  });
});

describe('a walk that leaves everything as it is', () => {
  const bodies = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
  const fill = async (count: number): Promise<void> => {
    await setUp();
    await broker.declare(queues('q'));
    for (const body of bodies(count)) await broker.publish(to('q', body));
  };
  const seenBy = async (count: number, visit: (delivery: Delivery) => void | Promise<void>): Promise<string[]> => {
    const seen: string[] = [];
    const over = walk(
      { broker, clock },
      {
        queue: 'q',
        count,
        signal: stopping.signal,
        visit: (delivery) => {
          seen.push(delivery.message.body.toString());
          return visit(delivery);
        },
      },
    );
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    while (!isOver) await passing();
    return seen;
  };

  it('sees each message once, thousands of them, and they stay in their order', async () => {
    await fill(5_000);
    expect(await seenBy(5_000, () => undefined)).toEqual(bodies(5_000));
    expect(await broker.queueInfo('q')).toEqual({ messages: 5_000, consumers: 0 });
    expect(await seenBy(5_000, () => undefined)).toEqual(bodies(5_000));
  });

  it('ends although ever more come meanwhile', async () => {
    await fill(300);
    const seen = await seenBy(300, (delivery) => void broker.publish(to('q', `after ${delivery.message.body}`)));
    expect(seen).toEqual(bodies(300));
    expect((await broker.queueInfo('q'))?.messages).toBe(600);
  });

  it('may take out some on the way', async () => {
    await fill(500);
    await seenBy(500, (delivery) => void (Number(delivery.message.body) % 2 === 0 && delivery.ack()));
    const left = await seenBy(250, () => undefined);
    expect(left).toEqual(bodies(500).filter((body) => Number(body) % 2 === 1));
  });
});

describe('windowAfter', () => {
  it('begins with a hundred and doubles, up to two thousand', () => {
    const windows = [0, 100, 200, 400, 800, 1_600, 2_000].map((before) => windowAfter(before, 1_000));
    expect(windows).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it('is smaller where messages are large, but never so small that nothing goes on', () => {
    expect(windowAfter(100, 1024 * 1024)).toBe(32);
    expect(windowAfter(100, 128 * 1024 * 1024)).toBe(10);
  });
});
