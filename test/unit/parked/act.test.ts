import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker, Consumer } from '../../../src/broker/broker.ts';
import { DEAD, internalDeclarations, TASKQUEUE } from '../../../src/broker/topology.ts';
import { atOnce, type Done, deleteParked, requeueParked } from '../../../src/parked/act.ts';
import type { ParkedFacts } from '../../../src/parked/facts.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { brokerBut } from '../../support/broker-but.ts';
import { broker, clock, queue, queues, setUp } from '../broker/memory/embedded.ts';
import { type Example, isParked, parked, parkedResult, toDead } from './parked.ts';

let done: Done[];

beforeEach(async () => {
  await setUp();
  await broker.declare(internalDeclarations());
  await broker.declare(queues('worker_resize', TASKQUEUE));
  done = [];
});

async function park(...examples: readonly (Example | Message)[]): Promise<void> {
  for (const one of examples) await broker.publish(toDead(isParked(one) ? one : parked(one)));
}

const options = (isMeant: (facts: ParkedFacts) => boolean, limit = atOnce(undefined)) => ({
  queue: DEAD,
  patienceMs: 5_000,
  limit,
  isMeant,
  onDone: (one: Done) => void done.push(one),
});

async function requeue(isMeant: (facts: ParkedFacts) => boolean = () => true, by: Broker = broker): Promise<boolean> {
  return clock.until(requeueParked({ broker: by, clock }, options(isMeant), { withoutExpiry: false }));
}

async function depths(...names: string[]): Promise<(number | undefined)[]> {
  const infos = await Promise.all(names.map((name) => broker.queueInfo(name)));
  return infos.map((info) => info?.messages);
}

/** Takes them all out, and returns them. */
async function taken(name: string): Promise<Message[]> {
  const got: Message[] = [];
  const onDelivery = (delivery: { message: Message; ack(): boolean }): void => {
    got.push(delivery.message);
    delivery.ack();
  };
  const consumer = broker.consume({ queue: name, declarations: queues(name), prefetch: 1_000, onDelivery });
  while ((await broker.queueInfo(name))?.messages) await clock.advance(0);
  await consumer.stop();
  return got;
}

const by = (parts: Partial<Broker>): Broker => brokerBut(broker, parts);

/** The first time, somebody else begins to consume just before, and keeps so many. */
function afterThief(count: number, onThief: (thief: Consumer) => void = () => undefined): Broker['consume'] {
  let isFirst = true;
  return (options) => {
    if (isFirst) onThief(broker.consume({ ...options, prefetch: count, onDelivery: () => undefined }));
    isFirst = false;
    return broker.consume(options);
  };
}

describe('requeueParked', () => {
  it('leaves what its queue does not confirm, and does not wait for that for ever', async () => {
    await park({ id: '1', run: 'r1' }, { id: '2', run: 'r2', type: 'dead' }, { id: '3', run: 'r3' });
    const publish: Broker['publish'] = (outgoing) =>
      outgoing.routingKey === 'worker_dead' ? new Promise(() => undefined) : broker.publish(outgoing);
    expect(await requeue(() => true, by({ publish }))).toBe(true);
    expect(await depths(DEAD, 'worker_resize')).toEqual([1, 2]);
    expect(done.map((one) => [one.kind, one.facts.id])).toEqual([
      ['requeued', '1'],
      ['requeued', '3'],
      ['left', '2'],
    ]);
    expect(done[2]).toMatchObject({ why: 'queue worker_dead does not confirm it, and may have it all the same' });
  });

  it('of thousands for a queue that does not confirm, it leaves most unsent, and says so', async () => {
    for (let number = 0; number < 3_000; number++) await park({ id: String(number), run: `r${number}`, type: 'dead' });
    let sent = 0;
    const publish: Broker['publish'] = () => {
      sent++;
      return new Promise(() => undefined);
    };
    expect(await requeue(() => true, by({ publish }))).toBe(true);
    const whys = done.map((one) => ('why' in one ? one.why : one.kind));
    const count = (why: string): number => whys.filter((one) => one === why).length;
    expect(count('queue worker_dead does not confirm it, and may have it all the same')).toBe(sent);
    expect(count('queue worker_dead does not confirm others: it was not sent')).toBe(3_000 - sent);
    expect([sent < 1_000, ...(await depths(DEAD))]).toEqual([true, 3_000]);
  });

  it('sends those that are meant, and leaves the others where they are', async () => {
    await park({ id: '1', run: 'r1' }, { id: '2', run: 'r2', reason: 'crashed' }, { id: '3', run: 'r3' });
    expect(await requeue(({ reason }) => reason === 'failed')).toBe(true);
    expect(await depths(DEAD, 'worker_resize')).toEqual([1, 2]);
    expect(done.map((one) => [one.kind, one.facts.id])).toEqual([
      ['requeued', '1'],
      ['requeued', '3'],
    ]);
    const sent = await taken('worker_resize');
    expect(sent.map(({ headers }) => headers[HEADER.runOf])).toEqual(['r1', 'r3']);
    expect(sent.map(({ headers }) => headers[HEADER.run])).toEqual(done.map((one) => 'run' in one && one.run));
  });

  it('leaves a duplicate, and loses nothing, when it is killed between the confirm and the acknowledgement', async () => {
    await park({ id: '1' });
    const killed = by({
      publish: async (outgoing) => {
        const outcome = await broker.publish(outgoing);
        broker.cut();
        return outcome;
      },
    });
    await expect(requeue(() => true, killed)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await clock.advance(0);
    expect(await depths(DEAD, 'worker_resize')).toEqual([1, 1]);
    expect(
      [...(await taken(DEAD)), ...(await taken('worker_resize'))].map(({ properties }) => properties.messageId),
    ).toEqual(['1', '1']);
  });

  it('leaves what its queue does not take, and says why', async () => {
    await broker.declare(queue({ worker_full: { 'x-max-length': 0, 'x-overflow': 'reject-publish' } }));
    await park({ type: 'nowhere' }, { type: 'full' }, { headers: { [HEADER.expires]: 1 } });
    await requeue();
    expect(await depths(DEAD)).toEqual([3]);
    expect(done.map((one) => [one.kind, 'why' in one && one.why]).toSorted()).toEqual([
      ['left', "queue worker_full refused it: the queue is full: 'worker_full'"],
      ['left', 'there is no queue worker_nowhere'],
      ['refused', expect.stringMatching(/expired/)],
    ]);
  });

  it('sends a result to where it was to go, and keeps it where that is still not there', async () => {
    await broker.declare(queues('theirs'));
    await park(parkedResult({ to: 'theirs' }), parkedResult({ to: 'gone' }));
    await requeue();
    expect(await depths(DEAD, 'theirs', 'worker_resize')).toEqual([1, 1, 0]);
  });

  it('sends no new life again that is parked while it is still at work', async () => {
    await park({ id: '1', run: 'r1' }, { id: '2', run: 'r2' }, { id: '3', run: 'r3' });
    const failingAtOnce = by({
      consume: afterThief(1),
      publish: async (outgoing) => {
        const outcome = await broker.publish(outgoing);
        if (outgoing.routingKey !== DEAD) await park(parked({ headers: outgoing.headers }));
        return outcome;
      },
    });
    await requeue(() => true, failingAtOnce);
    expect(done.map(({ facts }) => facts.run)).toEqual(['r2', 'r3']);
  });

  it('sends nothing again, in a second walk, that the dispatcher has parked anew', async () => {
    const unread = { headers: { [HEADER.type]: undefined }, queue: TASKQUEUE, reason: 'unreadable' } as const;
    await park({ id: '1' }, { id: '2', ...unread });
    let release: () => Promise<void> = async () => undefined;
    const consume = afterThief(1, (thief) => {
      release = () => thief.release();
    });
    const work = requeueParked(
      { broker: by({ consume }), clock },
      options(() => true),
      { withoutExpiry: false },
    );
    await clock.advance(2_500); // the first walk has not got all
    expect(done.map(({ facts }) => facts.id)).toEqual(['2']);
    await park({ id: '2', ...unread });
    await release();
    expect(await clock.until(work)).toBe(true);
    expect(done.map(({ facts }) => facts.id)).toEqual(['2', '1']);
  });

  it('takes no more than the limit lets it remember, and counts what it has to leave', async () => {
    await park({ id: '1', type: 'nowhere' }, { id: '2' }, { id: '3' });
    const asked: string[] = [];
    const isMeant = ({ id }: ParkedFacts): boolean => asked.push(id) > 0;
    const work = requeueParked({ broker, clock }, options(isMeant, 2), { withoutExpiry: false });
    expect(await clock.until(work)).toBe(true);
    expect(asked).toEqual(['1', '2']);
    expect(done.map(({ kind, facts }) => [kind, facts.id]).toSorted()).toEqual([
      ['left', '1'],
      ['requeued', '2'],
    ]);
    expect(await depths(DEAD, 'worker_resize')).toEqual([2, 1]);
  });

  it('copes with thousands', async () => {
    for (let number = 0; number < 3_000; number++) await park({ id: String(number), run: `r${number}` });
    expect(await requeue(({ id }) => Number(id) % 3 === 0)).toBe(true);
    expect(await depths(DEAD, 'worker_resize')).toEqual([2_000, 1_000]);
    expect(new Set((await taken('worker_resize')).map(({ properties }) => properties.messageId)).size).toBe(1_000);
  });
});

it('no more than 100,000 are taken at once, whatever is asked for', () => {
  expect([undefined, 7, 100_000, 1_000_000, Number.POSITIVE_INFINITY].map(atOnce)).toEqual([
    100_000, 7, 100_000, 100_000, 100_000,
  ]);
});

describe('deleteParked', () => {
  it('deletes those that are meant, and no others', async () => {
    await park({ id: '1' }, { id: '2' }, { id: '3' });
    expect(
      await clock.until(
        deleteParked(
          { broker, clock },
          options(({ id }) => id !== '2'),
        ),
      ),
    ).toBe(true);
    expect(done.map(({ kind, facts }) => [kind, facts.id])).toEqual([
      ['deleted', '1'],
      ['deleted', '3'],
    ]);
    expect((await taken(DEAD)).map(({ properties }) => properties.messageId)).toEqual(['2']);
  });
});
