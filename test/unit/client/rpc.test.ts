// Calls of methods: which workitem they become, and what comes of the answer.
import { beforeEach, describe, expect, it } from 'vitest';
import { TaskError, UnknownMethod } from '../../../src/client/errors.ts';
import type { Handle } from '../../../src/client/handle.ts';
import { named, typeOfMethod } from '../../../src/client/json-rpc.ts';
import type { Message } from '../../../src/workitem/message.ts';
import { type Agency, openAgency } from './agency.ts';

let agency: Agency;

beforeEach(async () => {
  agency = await openAgency();
});

const bodyOf = (message: Message | undefined): Record<string, unknown> => JSON.parse(String(message?.body));
const RPC = { contentType: 'application/json-rpc' };

async function answer(rest: object, headers: object = { 'tq-status': 'finished' }): Promise<void> {
  const request = agency.sent.at(-1);
  await agency.reply(request, { jsonrpc: '2.0', id: bodyOf(request).id, ...rest }, { ...headers }, RPC);
}

describe('a call', () => {
  it('is a request in JSON-RPC for the type before the last dot', async () => {
    const { client, sent } = agency;
    const sum = client.call.math.add(5, 6);
    await agency.pass(1000);
    expect(sent[0]).toMatchObject({ properties: RPC, headers: { 'tq-type': 'math' } });
    expect(bodyOf(sent[0])).toEqual({
      jsonrpc: '2.0',
      id: sent[0]?.properties.messageId,
      method: 'math.add',
      params: [5, 6],
    });
    await answer({ result: 11 });
    expect(await sum).toBe(11);
  });

  it.each([
    ['add', 'add'],
    ['namespaces.are.awesome.foo', 'namespaces.are.awesome'],
    ['my-type.add', 'my-type'],
  ])('of %s is for the type %s', (name, type) => {
    expect(typeOfMethod(name)).toBe(type);
  });

  it.each(['', '.add', 'math.', '.', 'a type.add', `${'x'.repeat(129)}.add`])('of "%s" is refused', async (name) => {
    await expect(agency.client.call(name)).rejects.toMatchObject({ code: 'USAGE' });
    expect(agency.sent).toHaveLength(0);
  });

  it('may be made by name, too, where a name has no dots to write', async () => {
    const { client, sent } = agency;
    const calls = [client.call('then.add', 1), client.call['my-type'].add(2), client.call.add()];
    await agency.pass(1000);
    expect(sent.map((message) => bodyOf(message))).toMatchObject([
      { method: 'then.add', params: [1] },
      { method: 'my-type.add', params: [2] },
      { method: 'add', params: [] },
    ]);
    for (const message of sent) await agency.reply(message, { jsonrpc: '2.0', result: null }, undefined, RPC);
    expect(await Promise.all(calls)).toEqual([null, null, null]);
  });

  it('takes parameters by name as named({ … }); any other object is one by position', async () => {
    const { client, sent } = agency;
    const calls = [client.call.math.add(named({ a: 5, b: 6 })), client.call.math.sum({ a: 5, b: 6 })];
    await agency.pass(1000);
    expect(sent.map((message) => bodyOf(message).params)).toEqual([{ a: 5, b: 6 }, [{ a: 5, b: 6 }]]);
    for (const message of sent) await agency.reply(message, { jsonrpc: '2.0', result: 11 }, undefined, RPC);
    expect(await Promise.all(calls)).toEqual([11, 11]);
    await expect(client.call.math.add(named({ a: 5 }), 6)).rejects.toThrow('either by name or by position');
    expect(() => named([5, 6] as never)).toThrow('named() wants an object');
  });

  it('is not begun any more once nobody waits, unless its options say when', async () => {
    const { client, sent } = agency;
    const now = agency.clock.now();
    const calls = [
      client.with({ wait: '5s' }).call.add(1),
      client.with({ delay: '1h', wait: '2h' }).call.add(2),
      client.with({ expires: '1d' }).call.add(3),
    ];
    for (const call of calls) call.catch(() => undefined);
    await agency.pass(1000);
    expect(sent.map(({ headers }) => headers['tq-expires'])).toEqual([now + 5000, undefined, now + 86_400_000]);
  });

  it('has a name that can be handed around, and awaited by mistake', async () => {
    const { add } = agency.client.call;
    expect(await add).toBeTypeOf('function');
    expect(Object(add)[Symbol.iterator]).toBeUndefined();
  });
});

describe('a call that goes wrong', () => {
  it('rejects with the message, code, trace and data of the worker', async () => {
    const { client } = agency;
    const failed = client.call.math.add('x').catch((err: unknown) => err);
    await agency.pass(1000);
    const data = { trace: 'at add (math.js:1)' };
    await answer({ error: { code: -32602, message: 'a is no number', data } }, { 'tq-status': 'failed' });
    const err = await failed;
    expect(err).toBeInstanceOf(TaskError);
    expect(err).not.toBeInstanceOf(UnknownMethod);
    expect(err).toMatchObject({ message: 'a is no number', code: -32602, trace: data.trace, data, status: 'FAILED' });
  });

  it('for a method that does not exist is an UnknownMethod', async () => {
    const { client } = agency;
    const failed = client.call.math.ad(5, 6).catch((err: unknown) => err);
    await agency.pass(1000);
    await answer({ error: { code: -32601, message: 'Method not found: math.ad' } }, { 'tq-status': 'failed' });
    expect(await failed).toBeInstanceOf(UnknownMethod);
    expect(await failed).toMatchObject({ name: 'UnknownMethod', code: -32601, message: 'Method not found: math.ad' });
  });

  it('for a type that nobody runs is an UnknownMethod when its time is over: a daemon is asked', async () => {
    const { client, sent } = agency;
    const failed = client
      .with({ wait: '5s' })
      .call.maths.add(5, 6)
      .catch((err: unknown) => err);
    await agency.pass(1000);
    const id = sent[0]?.properties.messageId;
    agency.whereabouts = [{ id, run: '', type: 'maths', at: 5, state: 'unroutable', queue: 'worker_maths' }];
    await agency.pass(10_000);
    expect(await failed).toBeInstanceOf(UnknownMethod);
    expect(await failed).toMatchObject({ message: expect.stringMatching(/nobody runs workers of type "maths"/) });
  });

  it('for lack of time is a Timeout that tells how far it was', async () => {
    const { client, sent } = agency;
    const failed = client
      .with({ wait: '5s' })
      .call.math.add(5, 6)
      .catch((err: unknown) => err);
    await agency.pass(1000);
    const id = sent[0]?.properties.messageId;
    const job = { id, run: 'r', attempt: 1, startedAt: 5, progress: null, note: '' };
    agency.whereabouts = [{ id, run: 'r', type: 'math', at: 5, state: 'running', instance: 'math#1', pid: 7, job }];
    await agency.pass(10_000);
    expect(await failed).toMatchObject({ name: 'Timeout', state: { status: 'RUNNING', instance: 'math#1' } });
  });

  it('is not waited for by events, which nobody would see', async () => {
    const call = agency.client.call.add(5, 6);
    await agency.pass(50);
    expect(agency.asked).toEqual([]);
    await answer({ result: 11 });
    expect(await call).toBe(11);
  });

  it('in a parameter that JSON has no word for is refused', async () => {
    await expect(agency.client.call.math.add(5n)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a task', () => {
  it('is a call with a handle', async () => {
    const { client, sent, of } = agency;
    const task: Handle = await of(client.task.math.add(5, 6));
    expect(await task.status()).toBe('QUEUED');
    expect(sent[0]?.headers).not.toHaveProperty('tq-expires');
    await answer({ result: 11 });
    expect(await task.result()).toBe(11);
  });
});

describe('a notification', () => {
  it('has no id and no way back: it is not answered', async () => {
    const { client, sent, of } = agency;
    expect(await of(client.notify.math.forget(5))).toBeUndefined();
    expect(bodyOf(sent[0])).toEqual({ jsonrpc: '2.0', method: 'math.forget', params: [5] });
    expect(sent[0]?.properties).not.toHaveProperty('replyTo');
    expect(client.stats.pending).toBe(0);
  });
});
