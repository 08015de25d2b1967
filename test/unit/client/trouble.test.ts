// A broker that is away, that refuses, or that forgets.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outgoing, PublishOutcome } from '../../../src/broker/broker.ts';
import { type Agency, openAgency } from './agency.ts';

let agency: Agency;

beforeEach(async () => {
  agency = await openAgency();
});

/** What goes to `taskqueue` ends as told, once for each; then as usual. */
function endings(...outcomes: readonly (PublishOutcome | 'lost confirm')[]): Outgoing[] {
  const { broker } = agency;
  const tried: Outgoing[] = [];
  const rest = [...outcomes];
  const publish = broker.publish.bind(broker);
  broker.publish = async (outgoing, enough) => {
    if (outgoing.routingKey !== 'taskqueue') return publish(outgoing, enough);
    tried.push(outgoing);
    const next = rest.shift();
    if (next === undefined || next === 'lost confirm') await publish(outgoing, enough);
    return next === 'lost confirm' ? { kind: 'unknown', reason: 'cut' } : (next ?? { kind: 'confirmed' });
  };
  return tried;
}

describe('a submission whose confirm is lost', () => {
  it('is made again under the same id: there may be two of it, and the second result is dropped', async () => {
    const { client, of, sent, reply } = agency;
    const tried = endings('lost confirm');
    const handle = await of(client.submit('w'));
    expect(tried.map(({ properties }) => properties.messageId)).toEqual([handle.id, handle.id]);
    expect(sent).toHaveLength(2);
    for (const message of sent) await reply(message, 'done');
    expect(await handle.result()).toBe('done');
    expect(client.stats.unknownResults).toBe(1);
  });

  it('ends with a deadline: it may be there, or not', async () => {
    const { client, broker, of } = agency;
    await of(client.submit('w'));
    broker.cut(new Promise(() => undefined));
    const late = of(client.submit('w'), 31_000);
    await expect(late).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /did not confirm workitem \S+ within 30000 ms \(the connection was cut\): it may have it, or not/,
      ),
    });
    expect(client.stats.pending).toBe(1);
  });

  it('is not made after its deadline', async () => {
    const { client, broker, of, sent, pass } = agency;
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await expect(of(client.submit('w'), 31_000)).rejects.toMatchObject({ code: 'TIMEOUT' });
    reconnect();
    await pass(10_000);
    expect(sent).toHaveLength(0);
    expect(client.stats).toMatchObject({ pending: 0, isConnected: true });
  });
});

describe('a submission that the broker will not have', () => {
  it.each<[PublishOutcome, string, RegExp]>([
    [{ kind: 'refused', reason: 'the queue is full' }, 'UNAVAILABLE', /refuses the workitem: the queue is full/],
    [{ kind: 'refused', reason: 'ACCESS_REFUSED - access to …' }, 'PERMISSION', /refuses the workitem: ACCESS_REFUSED/],
    [{ kind: 'unwritable', reason: 'too odd' }, 'USAGE', /cannot be written as a message: too odd/],
  ])('%o rejects', async (outcome, code, message) => {
    const { client, of } = agency;
    endings(outcome);
    await expect(of(client.submit('w'))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(client.stats.pending).toBe(0);
  });

  it('for lack of the queue taskqueue makes that queue, and is made again', async () => {
    const { client, of, sent, server } = agency;
    await of(client.submit('w'));
    server.deleteQueue('taskqueue');
    await of(client.submit('w'));
    expect(sent).toHaveLength(2);
  });

  it('for lack of that queue, which it may not make, says who does', async () => {
    const { client, of, broker } = agency;
    const returned = { kind: 'returned', reason: 'no queue takes it' } as const;
    endings(returned, returned);
    await expect(of(client.submit('w'))).rejects.toThrow(/there is no queue "taskqueue".*start a dispatcher/);
    const declare = broker.declare.bind(broker);
    broker.declare = async (all) =>
      all.queues[0]?.queue === 'taskqueue' ? { kind: 'refused', reason: 'ACCESS_REFUSED' } : declare(all);
    endings(returned);
    await expect(of(client.submit('w'))).rejects.toThrow(/this user may not make it.*ACCESS_REFUSED/);
  });

  it('for lack of a queue for the result says what it takes; one that needs none is made', async () => {
    const { client, of, broker, sent } = agency;
    broker.declare = async () => ({ kind: 'refused', reason: 'ACCESS_REFUSED - access to queue refused' });
    await expect(of(client.submit('w'))).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringMatching(/there is no queue tq\.client\.\S+ for the results.*replyTo: null/),
    });
    await of(client.submit('w', {}, { replyTo: null }));
    expect(sent).toHaveLength(1);
  });
});

describe('a connection that is lost', () => {
  it('costs no result: it waits in the queue, which is the same afterwards', async () => {
    const { client, broker, of, sent, reply, pass } = agency;
    const handle = await of(client.submit('w'));
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    await reply(sent[0], 'meanwhile');
    expect(client.stats).toMatchObject({ pending: 1, isConnected: false, problem: 'the connection was cut' });
    reconnect();
    await pass(100);
    expect(await handle.result()).toBe('meanwhile');
    await of(client.submit('w'));
    expect(sent[1]?.properties.replyTo).toBe(sent[0]?.properties.replyTo);
  });

  it('makes submissions wait, not fail', async () => {
    const { client, broker, sent, pass } = agency;
    let reconnect: () => void = () => undefined;
    broker.cut(new Promise<void>((resolve) => (reconnect = resolve)));
    const submission = client.submit('w');
    await pass(20_000);
    expect(sent).toHaveLength(0);
    reconnect();
    await pass(5_000);
    expect((await submission).id).toBe(sent[0]?.properties.messageId);
  });

  it('does not matter to a queue that was deleted meanwhile: it is made again', async () => {
    const { client, server, of, sent, reply, pass } = agency;
    await of(client.submit('w'));
    server.deleteQueue(String(sent[0]?.properties.replyTo));
    await pass(1_000);
    const handle = await of(client.submit('w'));
    await reply(sent[1], 5);
    expect(await handle.result()).toBe(5);
  });
});

describe('results of an earlier life, or of nobody,', () => {
  it('are counted, and dropped', async () => {
    const { client, of, sent, reply } = agency;
    await of(client.submit('w'));
    const { replyTo } = sent[0]?.properties ?? {};
    const stray = {
      properties: { messageId: 'x', correlationId: 'x', ...(replyTo ? { replyTo } : {}) },
      headers: {},
      body: Buffer.alloc(0),
    };
    await reply(stray, 1);
    await reply(stray, Buffer.from([255]), {}, {});
    expect(client.stats).toMatchObject({ pending: 1, unknownResults: 2 });
  });
});

describe('a result that nobody can read', () => {
  it('is taken all the same, and its task has failed', async () => {
    const { client, of, sent, reply } = agency;
    const handle = await of(client.submit('w'));
    await reply(sent[0], Buffer.from('{'));
    await expect(handle.result()).rejects.toMatchObject({ status: 'FAILED', message: /cannot be read/ });
  });
});
