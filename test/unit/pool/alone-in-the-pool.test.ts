// One that is to run alone, in a pool that is never idle by itself. Worker processes and broker are in the hands of the test.
import { beforeEach, expect, it } from 'vitest';
import { delayRoute } from '../../../src/broker/topology.ts';
import type { Pool } from '../../../src/pool/pool.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { forgetProcesses, processOf, readyPool } from './fake-worker-process.ts';
import { byName, planFor, workitem } from './fixtures.ts';

let tools: FakeTools;
let pool: Pool;
/** Postponed twice before: it may wait for 20 s now. */
let alone: FakeDelivery;
let innocent: FakeDelivery;

const consumers = (): number[] => ['worker_w', 'worker_v'].map((queue) => tools.broker.consumersOf(queue).length);

beforeEach(async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  pool = await readyPool(tools, [planFor('w'), planFor('v', 2)]);
  tools.broker.deliver('worker_v', workitem());
  alone = tools.broker.deliver('worker_w', workitem('{}', { headers: { 'tq-redeliveries': 3, 'tq-postponed': 2 } }));
  const [, other] = tools.broker.consumersOf('worker_v');
  innocent = tools.broker.delivery('worker_v', workitem());
  other?.options.onDelivery(innocent);
});

it('gets its turn: it waits longer each time, and meanwhile nothing comes, and nobody waits behind it', async () => {
  await tools.clock.advance(4_999);
  expect([innocent.end, consumers()]).toEqual([null, [1, 2]]);
  await tools.clock.advance(1);
  expect([innocent.end, tools.broker.publishedTo('worker_v').length, consumers()]).toEqual(['acked', 1, [0, 0]]);
  await tools.clock.advance(14_000);
  expect(processOf('w#1').jobs).toEqual([]);
  processOf('v#1').finishes();
  await tools.clock.advance(0);
  expect([processOf('w#1').jobs.length, consumers()]).toEqual([1, [0, 0]]);
  await tools.clock.advance(60_000);
  processOf('w#1').finishes();
  await tools.clock.advance(0);
  expect([alone.end, consumers()]).toEqual(['acked', [1, 2]]);
});

/** The one that works on the first workitem is a consumer again when that is done. */
it('waits in the broker where the others take longer than that, and they go on', async () => {
  await tools.clock.advance(20_000);
  expect([alone.end, processOf('w#1').jobs, consumers()]).toEqual(['acked', [], [1, 1]]);
  const [, postponed] = tools.broker.published;
  const { exchange, routingKey } = delayRoute(240, 'worker_w');
  expect(postponed).toMatchObject({ exchange, routingKey, headers: { 'tq-redeliveries': 3, 'tq-postponed': 3 } });
});

it('does not hold up the others for long once its delivery is gone', async () => {
  await tools.clock.advance(6_000);
  alone.lose();
  await tools.clock.advance(4_000);
  expect(consumers()).toEqual([1, 1]);
  await tools.clock.advance(60_000);
  expect([processOf('w#1').jobs, consumers()]).toEqual([[], [1, 1]]);
});

it('nor once its process is', async () => {
  await tools.clock.advance(6_000);
  processOf('w#1').dies();
  await tools.clock.advance(0);
  processOf('w#1').ready();
  expect([alone.end, consumers()]).toEqual(['requeued', [1, 1]]);
});

it('nor where it is turned away while they are being told', async () => {
  forgetProcesses();
  tools = fakeTools('workerpool');
  await readyPool(tools, [planFor('w', 1, { concurrency: 2 }), planFor('v')]);
  tools.broker.deliver('worker_w', workitem());
  tools.broker.deliver('worker_w', workitem('{}', { headers: { 'tq-suspect': 1, 'tq-postponed': 3 } }));
  tools.broker.deliver('worker_v', workitem('{}', { headers: { 'tq-redeliveries': 3, 'tq-postponed': 1 } })).lose();
  await tools.clock.advance(5_000);
  expect(consumers()).toEqual([1, 1]);
});

it('loses nothing by a reload of its type: another has it at once', async () => {
  await tools.clock.advance(6_000);
  void pool.reload(byName([planFor('w', 1, {}, 'changed'), planFor('v', 2)]));
  await tools.clock.advance(0);
  expect([alone.end, tools.broker.publishedTo('worker_w').at(-1)?.headers]).toMatchObject([
    'acked',
    { 'tq-redeliveries': 3, 'tq-postponed': 2 },
  ]);
});

it('keeps nobody from work in vain time and again, however many are to run alone', async () => {
  await tools.clock.advance(20_000);
  const again = tools.broker.deliver('worker_w', workitem('{}', { headers: alone.message.headers }));
  await tools.clock.advance(5_000);
  expect([again.end, consumers()]).toEqual(['acked', [1, 1]]);
  await tools.clock.advance(150_000);
  tools.broker.deliver('worker_w', workitem('{}', { headers: alone.message.headers }));
  await tools.clock.advance(5_000);
  expect(consumers()).toEqual([0, 0]);
});
