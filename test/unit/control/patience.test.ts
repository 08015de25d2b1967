// A follower where the control log can't be read, or not be appended to: it waits, but not for long.
import { describe, expect, it } from 'vitest';
import { NOTHING } from '../../../src/broker/declarations.ts';
import { CONTROL_LOG } from '../../../src/broker/topology.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { until } from '../../support/until.ts';
import { openHall } from './hall.ts';
import { orderOf } from './orders.ts';

/** Whether it is settled by now. */
function watched(promise: Promise<void>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => {
    state.isDone = true;
  });
  return state;
}
const PLAIN = { ...NOTHING, queues: [{ queue: CONTROL_LOG, arguments: {} }] };

describe('a follower', () => {
  it('goes on without, where the log is none that it can read, and says so once', async () => {
    const hall = await openHall(false);
    const { follower, broker, lines } = await hall.follower();
    await broker.declare(PLAIN);
    const started = watched(follower.start());
    await hall.clock.advance(1_000);
    expect(started.isDone).toBe(false);
    await hall.clock.advance(200);
    expect(started.isDone).toBe(true);
    expect(follower.problem).toContain('is no stream');
    await hall.clock.advance(60_000);
    expect(lines).toEqual([expect.stringMatching(/^warn: cancels and pauses .* may not be obeyed here.*is no stream/)]);
  });

  it('obeys all orders after all, once it can', async () => {
    const hall = await openHall(false);
    const { follower, broker, lines } = await hall.follower();
    await broker.declare(PLAIN);
    const started = follower.start();
    await hall.clock.advance(2_000);
    await started;
    hall.server.deleteQueue(CONTROL_LOG);
    broker.cut();
    await until(() => follower.problem === null, 'it can');
    await hall.order(orderOf('pause'));
    await until(() => follower.pauseOf('w') !== undefined, 'it obeys');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn:', 'info:', 'info:']);
  });

  it('waits as long as there is no connection: nothing can begin then', async () => {
    const hall = await openHall();
    await hall.order(orderOf('pause'));
    const { follower, broker } = await hall.follower();
    const back = deferred<void>();
    broker.cut(back.promise);
    void follower.start();
    const known = watched(follower.known);
    await hall.clock.advance(60_000);
    expect(known.isDone).toBe(false);
    back.resolve();
    await follower.known;
    expect(follower.pauses).toHaveLength(1);
  });

  it('has started, but knows nothing, when an attempt to connect has failed', async () => {
    const hall = await openHall();
    const { follower, broker } = await hall.follower();
    const started = follower.start();
    broker.cut(new Promise(() => undefined));
    await started;
    expect(watched(follower.known).isDone).toBe(false);
  });

  it('takes silence for the end of the log, where it may not append', async () => {
    const hall = await openHall();
    await hall.order(orderOf('pause'));
    const { follower, lines } = await hall.follower({ user: 'somebody-else' });
    const started = watched(follower.start());
    await hall.clock.advance(490);
    expect(started.isDone).toBe(false);
    await hall.clock.advance(20);
    expect([started.isDone, follower.pauses.length, follower.problem]).toEqual([true, 1, null]);
    expect(lines.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
  });

  it('does not take for silence what is a pause between entries', async () => {
    const hall = await openHall();
    const { follower } = await hall.follower({ user: 'somebody-else' });
    const started = watched(follower.start());
    for (let n = 0; n < 5; n++) {
      await hall.clock.advance(400);
      await hall.order(orderOf('cancel', { operation: `${n}`, id: `${n}` }));
      await hall.clock.advance(0);
    }
    expect(started.isDone).toBe(false);
    await hall.clock.advance(500);
    expect(started.isDone).toBe(true);
  });

  it('waits no longer than five seconds for the end of a log that has none', async () => {
    const hall = await openHall();
    const { follower, lines } = await hall.follower({ user: 'somebody-else' });
    const started = watched(follower.start());
    for (let n = 0; n < 14; n++) {
      await hall.clock.advance(400);
      await hall.order(orderOf('cancel', { operation: `${n}`, id: `${n}` }));
      await hall.clock.advance(0);
    }
    expect(started.isDone).toBe(true);
    expect(follower.problem).toContain('within 5 s');
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    await hall.clock.advance(500);
    expect(follower.problem).toBeNull();
  });
});
