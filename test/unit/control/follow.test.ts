// A follower of the control log on the memory broker.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMemoryServer } from '../../../src/broker/memory/server.ts';
import { CONTROL_LOG, orderRoute } from '../../../src/broker/topology.ts';
import { Follower } from '../../../src/control/follow.ts';
import type { Order } from '../../../src/control/order.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { message } from '../../support/fake-tools.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { connectTo } from '../../support/memory-client.ts';
import { until } from '../../support/until.ts';
import { type Hall, openHall } from './hall.ts';
import { orderOf } from './orders.ts';

const workitem = (id: string) => message('', { properties: { messageId: id } });
const pauseOf = (operation: string, type: string, untilMs: number | null = null): Order =>
  orderOf('pause', { operation, type, untilMs });
const isPaused = (follower: Follower, type: string) => () => follower.pauseOf(type) !== undefined;

describe('a follower', () => {
  it('knows, once it has started, what was ordered before', async () => {
    const hall = await openHall();
    await hall.order(pauseOf('1', 'w'));
    await hall.order(orderOf('cancel', { operation: '2', id: 'one' }));
    for (let n = 0; n < 1_500; n++) await hall.order(orderOf('cancel', { operation: `n${n}`, id: `${n}` }));
    const { follower, given, lines } = await hall.follower();
    await follower.start();
    await follower.known;
    expect(follower.pauses).toMatchObject([{ type: 'w', by: 'alice', reason: 'because' }]);
    expect([follower.cancellationOf(workitem('one'))?.by, follower.cancellationOf(workitem('1499'))?.by]).toEqual([
      'alice',
      'alice',
    ]);
    expect(follower.problem).toBeNull();
    expect(given).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/^info: is paused .*"type":"w","by":"alice","reason":"because"/),
      expect.stringMatching(/^info: workitems that are cancelled.*1501/),
    ]);
  });

  it('starts on a broker where nobody has declared anything, or given any order', async () => {
    const clock = manualClock();
    const broker = await connectTo(createMemoryServer({ clock }), 'daemon');
    const follower = new Follower({ broker, clock, logger: silentLogger }, { user: 'guest' });
    onTestFinished(() => follower.stop());
    await follower.start();
    expect([follower.pauses, follower.problem]).toEqual([[], null]);
  });

  it('obeys what is ordered from then on, tells of it, and logs it once', async () => {
    const hall = await openHall();
    const { follower, given, changes, lines } = await hall.follower();
    await follower.start();
    await hall.order(pauseOf('1', 'w'));
    await until(isPaused(follower, 'w'), 'it is paused');
    await hall.order(orderOf('resume', { operation: '2' }));
    await hall.order(orderOf('cancel', { operation: '3', id: 'one', reason: 'no\nuse' }));
    await hall.order(orderOf('cancel', { operation: '3', id: 'one' }));
    await hall.order(orderOf('resume', { operation: '4', type: 'v' }));
    await until(() => given.length === 4, 'all are obeyed');
    expect(changes).toEqual(['paused w', 'paused w', 'cancelled one']);
    expect(given.map(({ order, by }) => `${by} ${order.operation}`)).toEqual([
      'alice 1',
      'alice 2',
      'alice 3',
      'alice 4',
    ]);
    expect(lines.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'info: paused',
      'info: resumed',
      'info: to',
      'info: resumed',
    ]);
    expect(lines[2]).toContain('{"workitem":"one","by":"alice","reason":"no\\nuse","operation":"3"}');
  });

  it('ends a pause at its time, by itself', async () => {
    const hall = await openHall();
    const { follower, changes } = await hall.follower();
    await follower.start();
    await hall.order(pauseOf('1', 'w', hall.clock.now() + 60_000));
    await hall.order(pauseOf('2', 'v', hall.clock.now() + 30_000));
    await until(isPaused(follower, 'v'), 'both are paused');
    await hall.clock.advance(30_000);
    expect([changes.at(-1), follower.pauseOf('v'), follower.pauseOf('w')?.type]).toEqual(['paused v', undefined, 'w']);
    await hall.clock.advance(30_000);
    expect([changes.length, changes.at(-1), follower.pauses]).toEqual([4, 'paused w', []]);
  });

  it('reads all again after a break without harm, and obeys what it missed', async () => {
    const hall = await openHall();
    const { follower, broker, changes, given } = await hall.follower();
    await follower.start();
    await hall.order(pauseOf('1', 'w'));
    await hall.order(orderOf('resume', { operation: '2' }));
    await until(() => given.length === 2, 'both are obeyed');
    expect(follower.rereading).toBeNull();
    broker.cut(hall.order(pauseOf('3', 'v')));
    await follower.rereading;
    expect([isPaused(follower, 'v')(), follower.rereading]).toEqual([true, null]);
    expect(changes).toEqual(['paused w', 'paused w', 'paused v']);
    expect(given).toHaveLength(3);
    expect(follower.pauseOf('w')).toBeUndefined();
  });

  it('that may not append takes silence for the end of the log, but not that of a lost connection', async () => {
    const hall = await openHall();
    await hall.order(pauseOf('1', 'w'));
    const { follower, broker, given } = await hall.follower({ user: 'somebody else' });
    let isKnown = false;
    void follower.known.then(() => {
      isKnown = true;
    });
    void follower.start();
    await hall.clock.advance(0);
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await hall.order(pauseOf('2', 'v'));
    await hall.clock.advance(60_000);
    expect(isKnown).toBe(false);
    reconnect();
    await hall.clock.advance(1_000);
    expect([isKnown, follower.problem, follower.pauses.map(({ type }) => type)]).toEqual([true, null, ['w', 'v']]);
    expect(given).toEqual([]); // both stood before all was known
  });

  it('leaves aside what is no order, and does not let anybody fill the log of the host with it', async () => {
    const hall = await openHall();
    const { follower, lines, given } = await hall.follower();
    await follower.start();
    const around = { exchange: '', routingKey: CONTROL_LOG };
    for (let n = 0; n < 50; n++) await hall.publish(pauseOf(`${n}`, 'w'), around);
    await hall.order(pauseOf('1', 'v'));
    await until(() => given.length === 1, 'the one order is obeyed');
    expect(follower.pauses).toMatchObject([{ type: 'v' }]);
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await hall.clock.advance(60_000);
    await hall.publish(pauseOf('x', 'w'), around);
    await hall.order(orderOf('resume', { operation: '2', type: 'v' }));
    await until(() => given.length === 2, 'the other order is obeyed');
    expect(lines.findLast((line) => line.startsWith('warn'))).toContain('"more":49');
  });

  it('stops, and obeys nothing any more', async () => {
    const hall = await openHall();
    const { follower, changes } = await hall.follower();
    await follower.stop();
    await follower.start();
    const other = await hall.follower();
    await other.follower.start();
    await other.follower.stop();
    await other.follower.stop();
    await hall.order(pauseOf('1', 'w'));
    await hall.clock.advance(10_000);
    expect([changes, other.changes, hall.server.queueInfo(CONTROL_LOG)?.consumers]).toEqual([[], [], 1]);
    expect(hall.clock.pending).toBe(0);
  });
});

describe('a pause that stands', () => {
  /** Several messages of 60 KiB that are no orders. */
  async function fill(hall: Hall, bytes: number): Promise<void> {
    const big = { ...orderOf('mark'), reason: 'x'.repeat(60 * 1024) };
    for (let done = 0; done < bytes; done += 60 * 1024) await hall.publish(big, { ...orderRoute('mark') });
  }
  const MIB = 1024 * 1024;

  it('outlives the log: before it is forgotten, one daemon appends it again, for those who come later', async () => {
    const hall = await openHall();
    const [one, other] = [await hall.follower({ random: () => 0.1 }), await hall.follower({ random: () => 0.9 })];
    await one.follower.start();
    await other.follower.start();
    await hall.order(pauseOf('1', 'w'));
    for (let round = 0; round < 5; round++) {
      await fill(hall, 5 * MIB);
      await until(async () => {
        await hall.clock.advance(300); // the first one's turn, not yet the other's
        return hall.repeats() === round + 1;
      }, 'it is appended again');
      await hall.clock.advance(2_000);
    }
    expect(hall.repeats()).toBe(5);
    const { follower } = await hall.follower();
    await follower.start();
    expect(follower.pauses).toMatchObject([{ type: 'w', by: 'alice (repeated by daemon)', since: 1_000 }]);
    expect([one.given.length, other.given.length, one.follower.pauses.length]).toEqual([1, 1, 1]);
    await hall.order(orderOf('resume', { operation: '2' }));
    await until(() => !isPaused(follower, 'w')() && !isPaused(one.follower, 'w')(), 'it is resumed');
  });

  it('is in the log again after somebody deleted that', async () => {
    const hall = await openHall();
    const { follower } = await hall.follower();
    await follower.start();
    await hall.order(pauseOf('1', 'w'));
    await until(isPaused(follower, 'w'), 'it is paused');
    hall.server.deleteQueue(CONTROL_LOG);
    await until(async () => {
      await hall.clock.advance(1_000);
      return hall.repeats() === 1;
    }, 'it is appended again');
    expect(isPaused(follower, 'w')()).toBe(true);
    const late = await hall.follower();
    await late.follower.start();
    expect(isPaused(late.follower, 'w')()).toBe(true);
  });
});
