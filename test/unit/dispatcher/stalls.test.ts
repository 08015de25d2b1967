// Worker queues that take messages and never confirm them, such as a quorum queue without its majority.
import { beforeEach, expect, it } from 'vitest';
import type { PublishOutcome } from '../../../src/broker/broker.ts';
import { TASKQUEUE, UNROUTABLE } from '../../../src/broker/topology.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import { CONFIRMED, type FakeDelivery } from '../../support/fake-broker.ts';
import type { FakeTools } from '../../support/fake-tools.ts';
import { type FakeDesk, fakeDesk, typed } from './fake-desk.ts';

const NEVER = new Promise<PublishOutcome>(() => undefined);
let tools: FakeTools;
let desk: FakeDesk;

beforeEach(() => {
  desk = fakeDesk();
  tools = desk.tools;
  tools.broker.become('connected');
  tools.broker.answer = ({ routingKey }) => (routingKey === 'worker_dead' ? NEVER : CONFIRMED);
});

function send(type: string): FakeDelivery {
  const delivery = tools.broker.delivery(TASKQUEUE, typed(type));
  void forward(desk, delivery);
  return delivery;
}
const sentTo = (queue: string): number => tools.broker.publishedTo(queue).length;

it('what is for one is set aside after ten seconds, and all that comes later at once', async () => {
  const first = Array.from({ length: 20 }, () => send('dead'));
  await tools.clock.advance(9_500);
  expect(first.every(({ isOpen }) => isOpen)).toBe(true);
  await tools.clock.advance(500);
  await tools.clock.advance(500);
  expect(first.map(({ end }) => end)).toEqual(first.map(() => 'acked'));
  expect([sentTo('worker_dead'), sentTo(UNROUTABLE)]).toEqual([20, 20]);
  const late = Array.from({ length: 20 }, () => send('dead'));
  await tools.clock.advance(0);
  expect(late.map(({ end }) => end)).toEqual(late.map(() => 'acked'));
  expect([sentTo('worker_dead'), sentTo(UNROUTABLE)]).toEqual([20, 40]);
  expect(tools.broker.publishedTo(UNROUTABLE)[0]?.headers).toMatchObject({
    'tq-queue': 'worker_dead',
    'tq-error': 'the broker did not confirm it within 10 s',
  });
});

it('other types never wait for it', async () => {
  for (let n = 0; n < 100; n++) send('dead');
  const other = send('alive');
  await tools.clock.advance(0);
  expect(other.end).toBe('acked');
});

it('after a minute one tries whether it confirms again, and then all go there', async () => {
  send('dead');
  await tools.clock.advance(70_500);
  for (let n = 0; n < 5; n++) send('dead');
  await tools.clock.advance(0);
  expect([sentTo('worker_dead'), sentTo(UNROUTABLE)]).toEqual([2, 5]);
  tools.broker.answer = () => CONFIRMED;
  await tools.clock.advance(80_000);
  for (let n = 0; n < 2; n++) {
    send('dead');
    await tools.clock.advance(0);
  }
  expect([sentTo('worker_dead'), sentTo(UNROUTABLE)]).toEqual([4, 6]);
});

it('a broker that confirms nothing at all makes one duplicate at most, not one of everything', async () => {
  let confirm: () => void = () => undefined;
  const hanging = new Promise<PublishOutcome>((resolve) => {
    confirm = () => resolve(CONFIRMED);
  });
  tools.broker.answer = () => hanging;
  const all = Array.from({ length: 50 }, (_, n) => send(`type${n % 5}`));
  await tools.clock.advance(60_000);
  expect([all.filter(({ isOpen }) => isOpen).length, sentTo(UNROUTABLE)]).toEqual([50, 1]);
  confirm();
  await tools.clock.advance(0);
  expect(all.map(({ end }) => end)).toEqual(all.map(() => 'acked'));
  expect(sentTo(UNROUTABLE)).toBe(1);
});

it('while the broker blocks us, or is away, no time passes', async () => {
  for (const state of ['blocked', 'waiting'] as const) {
    tools.broker.become(state);
    const delivery = send('dead');
    await tools.clock.advance(3_600_000);
    expect([delivery.isOpen, sentTo(UNROUTABLE)]).toEqual([true, 0]);
  }
});
