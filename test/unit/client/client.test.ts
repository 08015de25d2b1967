// What a program sees of the client, from the wish to the result; the broker is in memory, the daemons are played.
import { beforeEach, describe, expect, it } from 'vitest';
import { TaskError, type Timeout } from '../../../src/client/errors.ts';
import { type Agency, openAgency } from './agency.ts';

let agency: Agency;

beforeEach(async () => {
  agency = await openAgency();
});

describe('a workitem', () => {
  it('is in the queue taskqueue, named, typed and with a way back, when its handle is there', async () => {
    const { client, sent, of } = agency;
    const handle = await of(client.submit('resize', { image: 'a.png' }));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      properties: {
        messageId: handle.id,
        correlationId: handle.id,
        deliveryMode: 2,
        contentType: 'application/json',
        replyTo: expect.stringMatching(/^tq\.client\.[\w-]+\.results$/),
      },
      headers: { 'tq-type': 'resize' },
    });
    expect(handle.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ image: 'a.png' });
  });

  it('has an id of its own each time, and the same way back', async () => {
    const { client, sent, of } = agency;
    const [one, two] = await of(Promise.all([client.submit('w'), client.submit('w')]));
    expect(one?.id).not.toBe(two?.id);
    expect(sent[0]?.properties.replyTo).toBe(sent[1]?.properties.replyTo);
  });

  it('makes the queue taskqueue where nobody has yet', async () => {
    const alone = await openAgency({}, false);
    alone.server.deleteQueue('taskqueue');
    await alone.of(alone.client.submit('w'));
    expect(alone.server.queueInfo('taskqueue')).toBeDefined();
  });

  it('that cannot be right is refused before anything is sent', async () => {
    const { client, sent, of } = agency;
    await expect(of(client.submit('no type!', {}))).rejects.toMatchObject({ code: 'USAGE' });
    await expect(of(client.submit('w', Buffer.alloc(1024 * 1024 + 1)))).rejects.toThrow(
      /more than max_message_size = 1M/,
    );
    expect(sent).toHaveLength(0);
    expect(client.stats.pending).toBe(0);
  });
});

describe('a result', () => {
  it('is there for whoever waits, as often as wanted, and for whoever asks later', async () => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    const before = handle.result();
    await reply(sent[0], { sum: 11 });
    expect(await before).toEqual({ sum: 11 });
    expect(await handle.result()).toEqual({ sum: 11 });
    expect(await handle.wait(0)).toEqual({ sum: 11 });
    expect(await handle.status()).toBe('FINISHED');
    expect(client.stats.pending).toBe(0);
  });

  it('that comes twice is taken once, and dropped the second time', async () => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], 'first');
    await reply(sent[0], 'second');
    expect(await handle.result()).toBe('first');
    expect(client.stats.unknownResults).toBe(1);
    const info = await agency.broker.queueInfo(String(sent[0]?.properties.replyTo));
    expect(info?.messages).toBe(0);
  });

  it('is known by its correlation_id, too, as other programs answer', async () => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], 5, { 'tq-id': undefined });
    expect(await handle.result()).toBe(5);
  });

  it('is given with the handle: an unanswered failure is no unhandled rejection', async () => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], { error: 'no paper', trace: 'at printer' }, { 'tq-status': 'failed' });
    await expect(handle.result()).rejects.toMatchObject({
      name: 'TaskError',
      message: 'no paper',
      code: null,
      trace: 'at printer',
      status: 'FAILED',
      id: handle.id,
    });
    await expect(handle.result()).rejects.toBeInstanceOf(TaskError);
  });

  it.each([
    ['cancelled', undefined, 'CANCELLED'],
    ['expired', undefined, 'EXPIRED'],
    ['failed', 'rejected', 'PARKED'],
  ])('%s (%s) is an error with the status %s', async (status, reason, expected) => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], { error: 'sorry' }, { 'tq-status': status, 'tq-reason': reason });
    await expect(handle.result()).rejects.toMatchObject({ message: 'sorry', status: expected });
    expect(await handle.status()).toBe(expected);
  });

  it('is waited for as long as the caller wants; the task goes on', async () => {
    const { client, sent, of, reply } = agency;
    const handle = await of(client.submit('w'));
    const late = await of(
      handle.wait('5s').catch((err: Timeout) => err),
      5_000,
    );
    expect(late).toMatchObject({ name: 'Timeout', code: 'TIMEOUT', id: handle.id, state: { status: 'QUEUED' } });
    await reply(sent[0], 'at last');
    expect(await handle.wait(0)).toBe('at last');
  });

  it('that goes elsewhere is not waited for', async () => {
    const { client, sent, of } = agency;
    const elsewhere = await of(client.submit('w', {}, { replyTo: 'mine' }));
    const anywhere = await of(client.submit('w', {}, { replyTo: null }));
    expect(sent.map(({ properties }) => properties.replyTo)).toEqual(['mine', undefined]);
    await expect(elsewhere.result()).rejects.toThrow(/it goes to the queue mine/);
    await expect(anywhere.result()).rejects.toThrow(/where the configuration of its type says/);
    expect(client.stats.pending).toBe(0);
  });
});

describe('a client that is closed', () => {
  it('tells whoever still waits, and takes nothing any more', async () => {
    const { client, of } = agency;
    const handle = await of(client.submit('w'));
    const result = handle.result();
    await Promise.all([client.close(), expect(result).rejects.toMatchObject({ code: 'STOPPED' })]);
    await expect(client.submit('w')).rejects.toMatchObject({ code: 'STOPPED' });
    await client.close();
  });

  it('takes its queue away, or leaves it to expire where a result may still come', async () => {
    const { client, server, of, sent, reply } = agency;
    await of(client.submit('w'));
    const { replyQueue } = client.stats;
    await reply(sent[0], 1);
    await client.close();
    expect(server.queueInfo(replyQueue)).toBeUndefined();
    const other = await openAgency();
    await other.of(other.client.submit('w'));
    await other.client.close();
    expect(other.server.queueInfo(other.client.stats.replyQueue)).toEqual({ messages: 0, consumers: 0 });
  });

  it('does not wait for what is on its way', async () => {
    const { client, broker, of, clock } = agency;
    await of(client.submit('w'));
    broker.cut(new Promise(() => undefined));
    const submission = client.submit('w');
    await clock.advance(100);
    await Promise.all([expect(submission).rejects.toMatchObject({ code: 'STOPPED' }), client.close()]);
  });
});
