// Results whose queue takes them, and confirms nothing: a quorum queue without its majority, say.
import { beforeEach, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { UNROUTABLE } from '../../../src/broker/topology.ts';
import { deliverResult } from '../../../src/handling/deliver-result.ts';
import { CONFIRMED } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

let tools: FakeTools;
let confirm: (outcome: PublishOutcome) => void;

beforeEach(() => {
  tools = fakeTools();
  tools.broker.become('connected');
  tools.broker.answer = ({ routingKey }) =>
    routingKey === UNROUTABLE ? CONFIRMED : new Promise((resolve) => (confirm = resolve));
});

function delivered(isReply: boolean): Promise<boolean> {
  const outgoing: Outgoing = { ...message('result'), exchange: '', routingKey: 'answers', mandatory: true };
  const delivery = tools.broker.delivery('worker_w', message());
  return deliverResult(tools, delivery, outgoing, { routingKey: 'answers', isReply }, null);
}

it('after a minute, a result for the queue of its sender is set aside, and holds up nobody any longer', async () => {
  const before = tools.clock.now();
  expect(await tools.clock.until(delivered(true))).toBe(true);
  expect(tools.clock.now() - before).toBeGreaterThanOrEqual(60_000);
  const kept = { 'tq-kind': 'result', 'tq-queue': 'answers', 'tq-reason': 'undeliverable-result' };
  expect(tools.broker.publishedTo(UNROUTABLE)[0]?.headers).toMatchObject(kept);
});

it.each([
  ['the broker as a whole takes nothing', true, 'blocked'],
  ['it is for the queue of all results', false, 'connected'],
] as const)('it waits for as long as it takes where %s', async (_, isReply, state) => {
  tools.broker.become(state);
  const done = delivered(isReply);
  await tools.clock.advance(3_600_000);
  confirm(CONFIRMED);
  expect(await done).toBe(true);
  expect(tools.broker.published).toHaveLength(1);
});
