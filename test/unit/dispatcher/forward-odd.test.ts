// What the dispatcher does where the body alone does not tell: formats of plugins, and what keeps coming back.
import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD, TASKQUEUE, UNROUTABLE } from '../../../src/broker/topology.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { type Desk, type ForwardSettings, newDesk } from '../../../src/dispatcher/desk.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import type { Message } from '../../../src/workitem/message.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, fakeTools, message } from '../../support/fake-tools.ts';

let tools: FakeTools;
let desk: Desk;
const SETTINGS: ForwardSettings = {
  formats: {
    types: { whenAbsent: 'application/json', map: { 'application/json': 'application/x-ruote-workitem' } },
    fromPlugins: new Set(['application/x-plugin']),
  },
  maxMessageSize: 1_000,
  workerTypeOf: async () => 'asked',
  resultsKeyOf: () => 'results',
  queueType: null,
};

beforeEach(() => {
  tools = fakeTools({ daemon: 'dispatcher' });
  desk = newDesk(tools, SETTINGS);
});

type More = Partial<Omit<Message, 'body'>>;
const typed = (type: string, more: More = {}): Message =>
  message('body', { ...more, headers: { 'tq-type': type, ...more.headers } });

/** Forwards, and lets time pass until that is over. */
async function forwarded(workitem: Message): Promise<FakeDelivery> {
  const delivery = tools.broker.delivery(TASKQUEUE, workitem);
  await over(forward(desk, delivery));
  return delivery;
}

async function over<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  await tools.clock.advance(0);
  while (!isDone) await tools.clock.advance(100);
  return done;
}

describe('a body with very much in it', () => {
  const large = (end: string): Message => message(`{"x":[${'[],'.repeat(100_000)}1]${end}`);
  beforeEach(() => {
    desk.settings = { ...SETTINGS, maxMessageSize: 1_000_000 };
  });

  it('goes to the worker type that it names', async () => {
    const workitem = large(',"fields":{"params":{"worker_type":"w"}}}');
    const delivery = tools.broker.delivery(TASKQUEUE, workitem);
    expect(await forward(desk, delivery)).toBe(true);
    expect(tools.broker.publishedTo('worker_w')[0]?.headers).toMatchObject({ 'tq-routed': 'w' });
    expect(tools.broker.publishedTo('worker_w')[0]?.body).toBe(workitem.body);
  });

  it.each([
    ['names none', '}', /names no worker type/],
    ['is broken', ']', /not JSON: byte \d+$/],
  ])('is parked where it %s', async (_, end, error) => {
    await forward(desk, tools.broker.delivery(TASKQUEUE, large(end)));
    const headers = { 'tq-reason': 'unreadable', 'tq-error': expect.stringMatching(error) };
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject(headers);
  });
});

describe('a body that only a plugin can read', () => {
  const plugin = message('?', { properties: { contentType: 'application/x-plugin' } });

  it('goes where the plugin says', async () => {
    await forwarded(plugin);
    expect(tools.broker.publishedTo('worker_asked')[0]?.headers).toMatchObject({ 'tq-routed': 'asked' });
  });

  it.each([['a b'], ['../x'], [''], ['x'.repeat(500)]])('is parked where that is no type: "%.20s"', async (type) => {
    desk.settings = { ...SETTINGS, workerTypeOf: async () => type };
    await forwarded(plugin);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'invalid' });
  });

  it('is parked where the plugin cannot read it', async () => {
    const failing = new TaskqueueError('UNREADABLE', 'its format died of it');
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(failing) };
    await forwarded(plugin);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-error': 'its format died of it' });
  });

  it('is set aside, to come back here, where nobody could be asked', async () => {
    const missing = new TaskqueueError('UNAVAILABLE', 'user "taskqueue-worker" does not exist');
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(missing) };
    await forwarded(plugin);
    expect(tools.broker.publishedTo(DEAD)).toEqual([]);
    expect(tools.broker.publishedTo(UNROUTABLE)[0]?.headers).toMatchObject({
      'tq-queue': TASKQUEUE,
      'tq-error': 'user "taskqueue-worker" does not exist',
    });
    expect(tools.seen).toMatchObject([{ kind: 'unroutable', type: '', queue: TASKQUEUE }]);
  });

  it('is asked about again where a reload has replaced whom we asked', async () => {
    desk.settings = {
      ...SETTINGS,
      workerTypeOf: async () => {
        desk.settings = SETTINGS;
        throw new TaskqueueError('STOPPED', 'replaced');
      },
    };
    await forwarded(plugin);
    expect(tools.broker.publishedTo('worker_asked')).toHaveLength(1);
  });

  it('goes back to the broker where we stop before anybody could say anything', async () => {
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(new TaskqueueError('STOPPED', 'stopped')) };
    expect((await forwarded(plugin)).end).toBe('requeued');
    expect(tools.broker.published).toEqual([]);
  });
});

describe('a workitem that keeps coming back', () => {
  const worn = (count: number, headers = {}): Message =>
    typed('w', { headers: { 'x-delivery-count': count, ...headers } });
  const redelivered = async (workitem: Message): Promise<FakeDelivery> => {
    const delivery = tools.broker.delivery(TASKQUEUE, workitem, true);
    await over(forward(desk, delivery));
    return delivery;
  };

  it('is forwarded like any other as long as the broker has patience', async () => {
    await redelivered(worn(9));
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(1);
  });

  it('is published anew, without the count of the broker and with our own, before any limit is reached', async () => {
    await redelivered(worn(10, { 'tq-redeliveries': 20 }));
    const [anew] = tools.broker.publishedTo(TASKQUEUE);
    expect(anew?.headers).toMatchObject({ 'tq-redeliveries': 30 });
    expect(anew?.headers).not.toHaveProperty('x-delivery-count');
    expect(tools.broker.journal.at(-1)).toBe(`ack ${TASKQUEUE}`);
  });

  it('is parked in the end', async () => {
    await redelivered(worn(10, { 'tq-redeliveries': 40 }));
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'redelivered' });
  });

  it('does not believe a sender about what the broker counts', async () => {
    await forwarded(worn(1000));
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(1);
  });
});
