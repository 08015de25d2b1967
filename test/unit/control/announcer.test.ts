import { describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { Announcer } from '../../../src/control/announcer.ts';
import { checkEventBatch } from '../../../src/control/check-events.ts';
import { MOST_INTERESTS } from '../../../src/control/listeners.ts';
import type { EventBatch } from '../../../src/control/news.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { CONFIRMED, ending } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools } from '../../support/fake-tools.ts';
import { aboutDaemon } from './daemons.ts';
import { event } from './events.ts';

interface Stage {
  readonly tools: FakeTools;
  readonly announcer: Announcer;
  batches(): readonly EventBatch[];
}

async function stage(): Promise<Stage> {
  const tools = fakeTools();
  await tools.broker.start();
  const announcer = new Announcer(tools, aboutDaemon('pool'));
  return { tools, announcer, batches: () => tools.broker.published.map(({ body }) => checkEventBatch(body)) };
}

const sizes = (batches: readonly EventBatch[]): number[] => batches.map(({ events }) => events.length);
const listen = ({ announcer, tools }: Stage, queue = 'q', replyTo: string | null = null): boolean =>
  announcer.note({ queue, replyTo, untilMs: tools.clock.now() + 30_000 });

describe('an announcer', () => {
  it('does nothing at all while nobody listens', async () => {
    const { announcer, tools } = await stage();
    announcer.sink(event('routed'));
    expect(tools.clock.pending).toBe(0);
    expect(tools.broker.published).toEqual([]);
  });

  it('sends what has come within 50 ms in one batch, which may get lost', async () => {
    const on = await stage();
    listen(on);
    on.announcer.sink(event('routed', { id: 'a' }));
    await on.tools.clock.advance(49);
    on.announcer.sink(event('started', { id: 'a' }));
    expect(on.tools.broker.published).toEqual([]);
    await on.tools.clock.advance(1);
    expect(on.batches()).toEqual([
      { ...aboutDaemon('pool'), dropped: 0, events: [event('routed', { id: 'a' }), event('started', { id: 'a' })] },
    ]);
    expect(on.tools.broker.published).toMatchObject([
      { exchange: '', routingKey: 'q', mandatory: false, properties: { deliveryMode: 1, expiration: '60000' } },
    ]);
  });

  it('sends a hundred at once', async () => {
    const on = await stage();
    listen(on);
    for (let n = 0; n < 250; n++) on.announcer.sink(event('routed'));
    expect(sizes(on.batches())).toEqual([100, 100]);
    await on.tools.clock.advance(50);
    expect(sizes(on.batches())).toEqual([100, 100, 50]);
  });

  it('tells each listener what it asked for', async () => {
    const on = await stage();
    listen(on, 'q1', 'mine');
    listen(on, 'q2', null);
    on.announcer.sink(event('routed', { id: 'own', replyTo: 'mine' }));
    on.announcer.sink(event('routed', { id: 'other' }));
    await on.tools.clock.advance(50);
    const told = on.tools.broker.published.map(({ routingKey, body }) => [
      routingKey,
      checkEventBatch(body).events.length,
    ]);
    expect(told.toSorted()).toEqual([
      ['q1', 1],
      ['q2', 2],
    ]);
  });

  it('drops and counts what a broker that is slow does not take, and goes on when it does', async () => {
    const on = await stage();
    const answers: ((outcome: PublishOutcome) => void)[] = [];
    on.tools.broker.answer = () => {
      const answer = deferred<PublishOutcome>();
      answers.push(answer.resolve);
      return answer.promise;
    };
    listen(on);
    for (let n = 0; n < 3_000; n++) on.announcer.sink(event('routed'));
    expect(sizes(on.batches())).toEqual([100, 100]); // two are in flight, 2000 wait
    for (const answer of answers.splice(0)) answer(CONFIRMED);
    on.tools.broker.answer = () => CONFIRMED;
    await on.tools.clock.advance(50);
    const batches = on.batches();
    expect(sizes(batches)).toEqual(Array.from({ length: 22 }, () => 100));
    expect(batches.map(({ dropped }) => dropped).filter((dropped) => dropped > 0)).toEqual([800]);
  });

  it('counts as dropped what the broker has not confirmed', async () => {
    const on = await stage();
    listen(on);
    on.tools.broker.answer = () => ending('unknown');
    on.announcer.sink(event('routed'));
    await on.tools.clock.advance(50);
    on.tools.broker.answer = () => CONFIRMED;
    on.announcer.sink(event('finished'));
    await on.tools.clock.advance(50);
    expect(on.batches().map(({ dropped }) => dropped)).toEqual([0, 1]);
  });

  it('keeps no more than a bounded number for all listeners together', async () => {
    const on = await stage();
    const first = deferred<PublishOutcome>();
    on.tools.broker.answer = () => first.promise;
    for (let n = 0; n < 20; n++) listen(on, `q${n}`);
    for (let n = 0; n < 1_100; n++) on.announcer.sink(event('routed'));
    const sent = (): number => sizes(on.batches()).reduce((sum, size) => sum + size, 0);
    expect(sent()).toBe(20 * 200);
    for (let n = 0; n < 200; n++) on.announcer.sink(event('routed')); // each has room for them; all together do not
    on.tools.broker.answer = () => CONFIRMED;
    first.resolve(CONFIRMED);
    await on.tools.clock.advance(50);
    expect(sent()).toBe(20 * 200 + 20_000);
  });

  it('sends what waits when it stops, and takes no more listeners', async () => {
    const on = await stage();
    listen(on);
    on.announcer.sink(event('routed'));
    on.announcer.stop();
    expect(sizes(on.batches())).toEqual([1]);
    expect(listen(on)).toBe(false);
    on.announcer.sink(event('routed'));
    expect(on.tools.clock.pending).toBe(0);
  });

  it('forgets listeners that do not ask again, and what waited for them', async () => {
    const on = await stage();
    on.tools.broker.answer = () => new Promise<PublishOutcome>(() => undefined);
    listen(on);
    for (let n = 0; n < 300; n++) on.announcer.sink(event('routed'));
    await on.tools.clock.advance(40_000);
    expect(on.tools.clock.pending).toBe(0);
    on.announcer.sink(event('routed'));
    expect(on.tools.clock.pending).toBe(0);
    expect(sizes(on.batches())).toEqual([100, 100]);
  });

  it('takes only so many listeners, and room is made by those that have gone', async () => {
    const on = await stage();
    for (let n = 0; n < MOST_INTERESTS; n++) expect(listen(on, `q${n}`)).toBe(true);
    expect(listen(on, 'one more')).toBe(false);
    await on.tools.clock.advance(30_000);
    expect(listen(on, 'one more')).toBe(true);
  });

  it('cuts what is too long, so that a batch is never refused for its size', async () => {
    const on = await stage();
    listen(on);
    const error = '\u{1F600}'.repeat(10_000);
    for (let n = 0; n < 100; n++) on.announcer.sink(event('failed', { error, run: 'r'.repeat(5_000) }));
    const [batch] = on.batches();
    expect(batch?.events).toHaveLength(100);
    expect(batch?.events[0]).toMatchObject({ error: expect.stringMatching(/…$/) });
    expect((on.tools.broker.published[0] as Outgoing).body.length).toBeLessThan(1_000_000);
  });
});
