// What the dispatcher does where the body alone does not tell: formats of plugins, and what keeps coming back.
import { beforeEach, describe, expect, it } from 'vitest';
import { DEAD, TASKQUEUE, UNROUTABLE } from '../../../src/broker/topology.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { forward } from '../../../src/dispatcher/forward.ts';
import type { Message } from '../../../src/workitem/message.ts';
import type { FakeDelivery } from '../../support/fake-broker.ts';
import { type FakeTools, message } from '../../support/fake-tools.ts';
import { type FakeDesk, fakeDesk, forwarded, SETTINGS, typed } from './fake-desk.ts';

let desk: FakeDesk;
let tools: FakeTools;

beforeEach(() => {
  desk = fakeDesk();
  tools = desk.tools;
});

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
    await forwarded(desk, plugin);
    expect(tools.broker.publishedTo('worker_asked')[0]?.headers).toMatchObject({ 'tq-routed': 'asked' });
  });

  it.each([['a b'], ['../x'], [''], ['x'.repeat(500)]])('is parked where that is no type: "%.20s"', async (type) => {
    desk.settings = { ...SETTINGS, workerTypeOf: async () => type };
    await forwarded(desk, plugin);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-reason': 'invalid' });
  });

  it('is parked where the plugin cannot read it', async () => {
    const failing = new TaskqueueError('UNREADABLE', 'its format died of it');
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(failing) };
    await forwarded(desk, plugin);
    expect(tools.broker.publishedTo(DEAD)[0]?.headers).toMatchObject({ 'tq-error': 'its format died of it' });
  });

  it('is set aside, to come back here, where nobody could be asked', async () => {
    const missing = new TaskqueueError('UNAVAILABLE', 'user "taskqueue-worker" does not exist');
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(missing) };
    await forwarded(desk, plugin);
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
    await forwarded(desk, plugin);
    expect(tools.broker.publishedTo('worker_asked')).toHaveLength(1);
  });

  it('goes back to the broker where we stop before anybody could say anything', async () => {
    desk.settings = { ...SETTINGS, workerTypeOf: () => Promise.reject(new TaskqueueError('STOPPED', 'stopped')) };
    expect((await forwarded(desk, plugin)).end).toBe('requeued');
    expect(tools.broker.published).toEqual([]);
  });
});

describe('a workitem that keeps coming back', () => {
  const worn = (count: number, headers = {}): Message =>
    typed('w', { headers: { 'x-delivery-count': count, ...headers } });
  const redelivered = (workitem: Message): Promise<FakeDelivery> => forwarded(desk, workitem, true);

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
    await forwarded(desk, worn(1000));
    expect(tools.broker.publishedTo('worker_w')).toHaveLength(1);
  });
});
