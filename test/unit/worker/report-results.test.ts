import { describe, expect, it } from 'vitest';
import type { ReportChannel } from '../../../src/worker/base-worker.ts';
import { reporting, startSession } from './session-in-process.ts';

describe("a plugin's own reportResults", () => {
  it('is called with the result, and the workitem is answered for without a body', async () => {
    const { give, frame, port } = startSession(
      reporting(
        () => 'result',
        (channel, _workitem, result) => channel.publish('x', 'key', `<${result}>`, { priority: 3, headers: { h: 1 } }),
      ),
    );
    await give('{}');
    const call = await frame('publish');
    expect(call).toMatchObject({
      job: 1,
      target: { exchange: 'x', routingKey: 'key' },
      status: 'finished',
      properties: { priority: 3 },
      headers: { h: 1 },
      body: '<result>',
    });
    port.send({ kind: 'published', call: call.call, error: null });
    expect(await frame('outcome')).toMatchObject({ outcome: { kind: 'finished', contentType: null }, body: '' });
  });

  it('may report in the default way', async () => {
    const { give, frame, port } = startSession(
      reporting(
        () => ({ a: 1 }),
        (channel, _workitem, result) => channel.report(result),
      ),
    );
    await give('{}');
    const call = await frame('publish');
    expect(call).toMatchObject({ target: null, properties: { contentType: 'application/json' }, body: '{"a":1}' });
    port.send({ kind: 'published', call: call.call, error: null });
    expect((await frame('outcome')).outcome).toMatchObject({ contentType: null });
  });

  it('gets a workitem that has failed for good, with its error', async () => {
    const seen: unknown[] = [];
    const { give, frame, port } = startSession(
      reporting(
        () => {
          throw new Error('boom');
        },
        async (channel, workitem, result) => {
          seen.push(workitem.error, result === workitem);
          await channel.report(result);
        },
      ),
    );
    await give('{"n":1}', { isLastAttempt: true });
    const call = await frame('publish');
    expect(seen).toEqual(['boom', true]);
    expect(call.status).toBe('failed');
    expect(JSON.parse(call.body)).toMatchObject({ n: 1, error: 'boom' });
    port.send({ kind: 'published', call: call.call, error: null });
    expect((await frame('outcome')).outcome).toMatchObject({ kind: 'threw', contentType: null });
  });

  it('is not called while attempts are left', async () => {
    let calls = 0;
    const { run } = startSession(
      reporting(
        () => {
          throw new Error('boom');
        },
        async () => void calls++,
      ),
    );
    expect((await run('{}', { isLastAttempt: false })).outcome).toMatchObject({
      kind: 'threw',
      contentType: 'application/json',
    });
    expect(calls).toBe(0);
  });

  it('is not called for what was only called off: the pool hands it back', async () => {
    let calls = 0;
    const { give, frame, port } = startSession(
      reporting(
        (_, { signal }) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        async () => void calls++,
      ),
    );
    await give('{}');
    port.send({ kind: 'abort', job: 1, reason: 'shutdown' });
    expect((await frame('outcome')).outcome).toMatchObject({ kind: 'threw', contentType: 'application/json' });
    expect(calls).toBe(0);
  });

  it.each([
    ['returns', ['cancel']],
    ['throws', ['timeout', 'cancel']],
  ] as const)('is not called for one that was cancelled, where the handler %s after %j', async (how, reasons) => {
    let calls = 0;
    const ended = (signal: AbortSignal): Promise<unknown> =>
      new Promise((resolve) => signal.addEventListener('abort', () => setImmediate(resolve, 'result')));
    const { give, frame, port } = startSession(
      reporting(
        async (_, { signal }) => {
          const result = await ended(signal);
          if (how === 'throws') throw signal.reason;
          return result;
        },
        async () => void calls++,
      ),
    );
    await give('{}');
    for (const reason of reasons) port.send({ kind: 'abort', job: 1, reason });
    const { outcome } = await frame('outcome');
    expect([calls, outcome.kind]).toEqual([0, how === 'throws' ? 'threw' : 'finished']);
    expect(outcome).toMatchObject({ contentType: 'application/json' });
  });

  it('fails a finished workitem where it throws', async () => {
    const { give, frame, port } = startSession(
      reporting(
        () => 1,
        (channel) => channel.publish('', 'key', 'x'),
      ),
    );
    await give('{}');
    const { call } = await frame('publish');
    port.send({ kind: 'published', call, error: 'no queue took it' });
    expect((await frame('outcome')).outcome).toMatchObject({ kind: 'threw', failure: { error: 'no queue took it' } });
  });

  it('leaves a failed workitem to the pool where it throws', async () => {
    const { run, frame } = startSession(
      reporting(
        () => {
          throw new Error('first');
        },
        () => {
          throw new Error('second');
        },
      ),
    );
    const { outcome, body } = await run('{"n":1}', { isLastAttempt: true });
    expect(outcome).toMatchObject({ kind: 'threw', failure: { error: 'first' }, contentType: 'application/json' });
    expect(JSON.parse(body)).toMatchObject({ n: 1, error: 'first' });
    expect(await frame('log')).toMatchObject({ level: 'warn', fields: { err: 'second' } });
  });

  it('is waited for, even where it has forgotten to wait itself', async () => {
    const { give, frame, port, sent } = startSession(
      reporting(
        () => 1,
        async (channel) => void channel.publish('', 'key', 'x'),
      ),
    );
    await give('{}');
    const { call } = await frame('publish');
    port.send({ kind: 'published', call: 999, error: null }); // of no call of ours
    expect(sent.some(({ kind }) => kind === 'outcome')).toBe(false);
    port.send({ kind: 'published', call, error: null });
    await frame('outcome');
  });

  it('can publish nothing once its workitem is settled', async () => {
    let kept: ReportChannel | undefined;
    const { run } = startSession(
      reporting(
        () => 1,
        async (channel) => {
          kept = channel;
        },
      ),
    );
    await run('{}');
    await expect(kept?.publish('', 'key', 'x')).rejects.toMatchObject({ code: 'STOPPED' });
    await expect(kept?.report(1)).rejects.toMatchObject({ code: 'STOPPED' });
  });

  it.each<[string, (channel: ReportChannel) => Promise<void>]>([
    ['a body that is too large', (channel) => channel.publish('', 'key', 'x'.repeat(200_000))],
    ['a result that is too large', (channel) => channel.report('x'.repeat(200_000))],
    ['a result that cannot be written', (channel) => channel.report(1n)],
    ['a routing key that is no text', (channel) => channel.publish('', 7 as unknown as string, 'x')],
    [
      'a property of the wrong type',
      (channel) => channel.publish('', 'key', 'x', { priority: 'high' as unknown as number }),
    ],
    ['headers without a JSON', (channel) => channel.publish('', 'key', 'x', { headers: { big: 1n } })],
    [
      'headers that are too large',
      (channel) => channel.publish('', 'key', 'x', { headers: { long: 'x'.repeat(300_000) } }),
    ],
    ['a body that is none', (channel) => channel.publish('', 'key', 7 as unknown as string)],
  ])('is told of its mistake, and the process lives on: %s', async (_what, call) => {
    const { run } = startSession(
      reporting(
        (workitem) => workitem.body,
        (channel) => call(channel),
      ),
    );
    expect((await run('{}')).outcome.kind).toBe('threw');
    expect((await run('{}', { job: 2 })).outcome.kind).toBe('threw');
  });
});
