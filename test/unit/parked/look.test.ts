import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { DEAD, internalDeclarations } from '../../../src/broker/topology.ts';
import { type Looked, lookThrough } from '../../../src/parked/look.ts';
import { connectTo } from '../../support/memory-client.ts';
import { broker, clock, passing, server, setUp } from '../broker/memory/embedded.ts';
import { parked, toDead } from './parked.ts';

const PATIENCE_MS = 10_000;

beforeEach(async () => {
  await setUp();
  await broker.declare(internalDeclarations());
});

async function park(count: number): Promise<void> {
  for (let number = 0; number < count; number++) await broker.publish(toDead(parked({ body: String(number) })));
}

interface Sight {
  readonly over: Promise<Looked>;
  seen: string[];
  begun: number;
}

function look(by: Broker = broker, queue = DEAD, onVisit: () => unknown = () => undefined): Sight {
  const sight: { -readonly [K in keyof Sight]: Sight[K] } = {
    over: Promise.resolve({ isWhole: false }),
    seen: [],
    begun: 0,
  };
  sight.over = lookThrough(
    { broker: by, clock },
    {
      queue,
      patienceMs: PATIENCE_MS,
      begin: () => {
        sight.begun++;
        sight.seen = [];
      },
      visit: ({ message }) => {
        sight.seen.push(message.body.toString());
        onVisit();
      },
    },
  );
  sight.over.catch(() => undefined); // each test looks at it; some later than it rejects
  return sight;
}

const ended = (...sights: Sight[]): Promise<Looked[]> => clock.until(Promise.all(sights.map(({ over }) => over)));

describe('a look through a queue', () => {
  it('sees everything, and leaves everything in its place', async () => {
    await park(250);
    const bodies = Array.from({ length: 250 }, (_, index) => String(index));
    for (let round = 0; round < 2; round++) {
      const sight = look();
      expect(await ended(sight)).toEqual([{ isWhole: true }]);
      expect(sight.seen).toEqual(bodies);
    }
    expect(await broker.queueInfo(DEAD)).toEqual({ messages: 250, consumers: 0 });
  });

  it('of a queue that nobody has made yet sees nothing, and that is all there is', async () => {
    const sight = look(broker, 'taskqueue.nowhere');
    expect([await ended(sight), sight.seen]).toEqual([[{ isWhole: true }], []]);
  });

  it('sees everything although somebody else looks at the same time', async () => {
    await park(250);
    const other = await connectTo(server, 'other');
    const [one, two] = [look(), look(other)];
    expect(await ended(one, two)).toEqual([{ isWhole: true }, { isWhole: true }]);
    expect([one.seen.length, two.seen.length]).toEqual([250, 250]);
    expect(new Set(one.seen).size).toBe(250);
  });

  it('believes no broker that is too busy to know, and says that there is nothing, and nobody', async () => {
    await park(250);
    let asked = 0;
    const busy: Broker = new Proxy(broker, {
      get: (target, name) => {
        if (name === 'queueInfo' && ++asked % 3 !== 0) return async () => ({ messages: 0, consumers: 0 });
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const sight = look(busy);
    expect(await ended(sight)).toEqual([{ isWhole: true }]);
    expect(sight.seen).toHaveLength(250);
  });

  it('sees what comes in meanwhile, but does not go on for ever', async () => {
    await park(3);
    let parkedMore = 0;
    const sight = look(broker, DEAD, () => parkedMore++ < 5_000 && void park(1));
    expect(await ended(sight)).toEqual([{ isWhole: true }]);
    expect(sight.seen.length).toBeGreaterThan(3);
    expect(sight.seen.length).toBeLessThan(1_200);
  });

  it('waits for a walker that is there already, and begins when that is gone', async () => {
    await park(3);
    const walker = broker.consume({
      queue: DEAD,
      declarations: { exchanges: [], queues: [], bindings: [] },
      prefetch: 2,
      onDelivery: () => undefined,
    });
    await passing();
    const sight = look();
    await clock.advance(3_000);
    expect(sight.begun).toBe(0);
    await walker.release();
    expect(await ended(sight)).toEqual([{ isWhole: true }]);
    expect(sight.seen).toEqual(['0', '1', '2']);
  });

  it('goes on without those whom a consumer keeps to itself for too long, and says that it is not all', async () => {
    await park(5);
    broker.consume({
      queue: DEAD,
      declarations: { exchanges: [], queues: [], bindings: [] },
      prefetch: 2,
      onDelivery: () => undefined,
    });
    await passing();
    const sight = look();
    expect(await ended(sight)).toEqual([{ isWhole: false }]);
    expect(sight.seen).toEqual(['2', '3', '4']);
  });

  it('ends with the connection', async () => {
    await park(5);
    const walker = broker.consume({
      queue: DEAD,
      declarations: { exchanges: [], queues: [], bindings: [] },
      prefetch: 1,
      onDelivery: () => undefined,
    });
    await passing();
    const sight = look();
    await passing();
    broker.cut();
    await expect(ended(sight)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/the connection was cut/),
    });
    await walker.stop();
  });
});
