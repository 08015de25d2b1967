import { expect, it } from 'vitest';
import { Rereading } from '../../../src/control/rereading.ts';
import { fakeTools } from '../../support/fake-tools.ts';
import { manualClock } from '../../support/manual-clock.ts';

function watching() {
  const clock = manualClock();
  const { broker } = fakeTools();
  const rereading = new Rereading({ broker, clock });
  const seen = { isOver: false };
  const watch = (): void => void rereading.over?.then(() => Object.assign(seen, { isOver: true }));
  return { clock, broker, rereading, seen, watch };
}

it('lasts from the moment that a connection is lost until all has been read, however long there is none', async () => {
  const { clock, broker, rereading, seen, watch } = watching();
  rereading.done();
  expect(rereading.over).toBeNull();
  broker.become('waiting');
  watch();
  await clock.advance(60_000);
  broker.become('connecting');
  broker.become('connected');
  await clock.advance(999);
  expect(seen.isOver).toBe(false);
  rereading.done();
  await clock.advance(0);
  expect([seen.isOver, rereading.over]).toEqual([true, null]);
});

it('lasts no longer than a second from when there is a connection, which counts anew with each', async () => {
  const { clock, broker, rereading, seen, watch } = watching();
  rereading.done();
  broker.become('waiting');
  watch();
  broker.become('connected');
  await clock.advance(900);
  broker.become('waiting');
  await clock.advance(5_000);
  broker.become('connected');
  await clock.advance(900);
  expect(seen.isOver).toBe(false);
  await clock.advance(100);
  expect([seen.isOver, rereading.over]).toEqual([true, null]);
  broker.become('waiting');
  expect(rereading.over).not.toBeNull();
});

it('is none where nothing has been read before, or a broker takes nothing for a while, or nobody is interested any more', () => {
  const { broker, rereading } = watching();
  broker.become('waiting');
  broker.become('connected');
  expect(rereading.over).toBeNull();
  rereading.done();
  broker.become('blocked');
  broker.become('connected');
  expect(rereading.over).toBeNull();
  rereading.stop();
  broker.become('waiting');
  expect(rereading.over).toBeNull();
});
