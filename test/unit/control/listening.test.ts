import { describe, expect, it } from 'vitest';
import { newsQueue } from '../../../src/broker/topology.ts';
import { EVENTS, type EventBatch } from '../../../src/control/news.ts';
import type { TaskqueueEvent } from '../../../src/events/event.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { until } from '../../support/until.ts';
import { batchOf } from './daemons.ts';
import { openOffice } from './office.ts';

const routed = (id: string, replyTo: string | null): TaskqueueEvent => ({
  v: 1,
  kind: 'routed',
  at: 1,
  id,
  type: 't',
  run: 'r',
  replyTo,
  queue: 'worker_t',
});
const gone: TaskqueueEvent = { v: 1, kind: 'gone', at: 1, type: 't', instance: 't#1' };
const ids = (batches: readonly EventBatch[]): string[] =>
  batches.flatMap(({ events }) => events.map((event) => ('id' in event ? event.id : event.instance)));
const questionsOf = (asked: readonly Message[]): object[] =>
  asked.map(({ body }) => JSON.parse(body.toString()) as object);

describe('a listening', () => {
  it('is ready once daemons have noted it, and gets what it asked for', async () => {
    const office = await openOffice();
    const asked = await office.daemon('one', () => ({ kind: 'listening' }));
    const batches: EventBatch[] = [];
    const listening = office.correspondent.listen('mine', (batch) => batches.push(batch));
    await until(() => asked.length === 1, 'it has been asked for');
    await office.clock.advance(250);
    expect((await listening.ready).map(({ name }) => name)).toEqual(['one']);
    expect(questionsOf(asked)).toMatchObject([{ kind: 'listen', replyTo: 'mine', forMs: 30_000 }]);

    const queue = newsQueue(office.correspondent.name);
    const events = [routed('a', 'mine'), routed('b', 'yours'), routed('c', null), gone];
    await office.tell(queue, EVENTS, batchOf(events));
    await office.tell(queue, EVENTS, batchOf([routed('d', 'yours')]));
    await office.tell(queue, EVENTS, batchOf([routed('e', 'mine')], 3));
    await until(() => batches.length === 2, 'both batches with something for it');
    expect(ids(batches)).toEqual(['a', 'e']);
    expect(batches[1]).toMatchObject({ name: 'pool', dropped: 3 });
  });

  it('to everything gets everything', async () => {
    const office = await openOffice();
    const batches: EventBatch[] = [];
    office.correspondent.listen(null, (batch) => batches.push(batch));
    await office.tell(newsQueue(office.correspondent.name), EVENTS, batchOf([routed('a', 'x'), gone]));
    await until(() => batches.length === 1, 'the batch');
    expect(ids(batches)).toEqual(['a', 't#1']);
  });

  it('leaves out events that nobody here understands', async () => {
    const office = await openOffice();
    const batches: EventBatch[] = [];
    office.correspondent.listen(null, (batch) => batches.push(batch));
    const odd = [
      { ...routed('a', 'x'), kind: 'teleported' },
      { ...routed('b', 'x'), at: 'noon' },
      routed('c', 'x'),
      null,
    ];
    await office.tell(newsQueue(office.correspondent.name), EVENTS, { ...batchOf([]), events: odd });
    await until(() => batches.length === 1, 'the batch');
    expect(ids(batches)).toEqual(['c']);
    expect(office.complaints).toEqual([]);
  });

  it('is renewed every ten seconds until it is stopped', async () => {
    const office = await openOffice();
    const asked = await office.daemon('one', ({ kind }) =>
      kind === 'listen' ? { kind: 'listening' } : { kind, whereabouts: [] },
    );
    const batches: EventBatch[] = [];
    const listening = office.correspondent.listen(null, (batch) => batches.push(batch));
    await until(() => asked.length === 1, 'it has been asked for');
    await office.clock.advance(250);
    await listening.ready;
    await office.clock.advance(10_000);
    await until(() => asked.length === 2, 'asked again');
    await office.clock.advance(250);
    listening.stop();
    await office.clock.advance(60_000);
    expect(asked).toHaveLength(2);
    expect(office.clock.pending).toBe(0);
    await office.tell(newsQueue(office.correspondent.name), EVENTS, batchOf([gone]));
    await office.correspondent.ask({ kind: 'why', id: 'x' }, { forMs: 1, enough: (all) => all.length === 1 }); // its answer comes behind that
    expect(batches).toEqual([]);
  });

  it('is renewed at once when the connection is back', async () => {
    const office = await openOffice();
    const asked = await office.daemon('one', () => ({ kind: 'listening' }));
    const { ready } = office.correspondent.listen(null, () => undefined);
    await until(() => asked.length === 1, 'it has been asked for');
    await office.clock.advance(250);
    await ready;
    office.broker.cut();
    await until(() => asked.length === 2, 'asked again');
  });

  it('says why nobody could be asked, and tries again', async () => {
    const office = await openOffice();
    const publish = office.broker.publish.bind(office.broker);
    office.broker.publish = async () => ({ kind: 'refused', reason: 'ACCESS_REFUSED' });
    const listening = office.correspondent.listen(null, () => undefined);
    await expect(listening.ready).rejects.toMatchObject({ code: 'PERMISSION' });
    expect(listening.problem).toMatch(/may not ask/);
    expect(office.complaints).toHaveLength(1);
    await office.clock.advance(10_000);
    await until(() => office.clock.pending === 1, 'it waits for the next time');
    expect(office.complaints).toHaveLength(1); // it is the same story
    const asked = await office.daemon('one', () => ({ kind: 'listening' }));
    office.broker.publish = publish;
    await office.clock.advance(10_000);
    await until(() => asked.length === 1, 'asked again');
    await office.clock.advance(250);
    expect(listening.problem).toBeNull();
  });

  it('survives a listener that throws', async () => {
    const office = await openOffice();
    const batches: EventBatch[] = [];
    office.correspondent.listen(null, () => {
      throw new Error('no');
    });
    office.correspondent.listen(null, (batch) => batches.push(batch));
    await office.tell(newsQueue(office.correspondent.name), EVENTS, batchOf([gone]));
    await until(() => batches.length === 1, 'the other one has it');
    expect(office.complaints).toMatchObject([{ message: 'whoever listens to events does not cope with them' }]);
  });
});
