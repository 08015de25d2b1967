import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, type WorkerOutcome } from '../../../src/child/protocol.ts';
import { deferred } from '../../../src/core/deferred.ts';
import { type BaseWorker, Reject, RetryLater } from '../../../src/worker/base-worker.ts';
import type { Given } from './pool-end.ts';
import { startSession, worker } from './session-in-process.ts';

describe('a worker process, as its pool sees it', () => {
  it('says hello with its version, then ready', async () => {
    const { frame } = startSession(worker(() => null));
    expect(await frame('hello')).toMatchObject({
      version: PROTOCOL_VERSION,
      release: expect.stringMatching(/^\d+\.\d+/),
    });
    await frame('ready');
  });

  it.each([
    ['no class', 'text', /no class/],
    ['a class without handleTask', class Idle {}, /Idle has no method handleTask/],
    [
      'an accept that is no list',
      class Odd {
        static accept = 7;
        handleTask = () => 1;
      },
      /Odd.accept/,
    ],
    [
      'a constructor that throws',
      class Bad {
        constructor() {
          throw new Error('no settings');
        }
        handleTask = () => 1;
      },
      /no settings/,
    ],
  ])('says why its plugin cannot be loaded and ends with 1: %s', async (_what, exported, reason) => {
    const { frame, ended } = startSession(exported);
    expect((await frame('unloadable')).failure.error).toMatch(reason);
    expect(await ended).toBe(1);
  });

  it('takes a class that does not extend BaseWorker', async () => {
    const { run } = startSession(
      class Duck {
        handleTask = () => 'quack';
      },
    );
    expect(await run('{}')).toMatchObject({ outcome: { kind: 'finished' }, body: '"quack"' });
  });

  it('ends at once when its pool is gone', async () => {
    const { frame, port, ended } = startSession(worker(() => new Promise(() => undefined)));
    await frame('ready');
    port.close();
    expect(await ended).toBe(0);
  });

  it('finishes what it works on before it stops', async () => {
    const gate = deferred<string>();
    const { give, frame, port, ended } = startSession(worker(() => gate.promise));
    await give('{}');
    port.send({ kind: 'stop' });
    gate.resolve('done');
    expect(await frame('outcome')).toMatchObject({ outcome: { kind: 'finished' }, body: '"done"' });
    expect(await ended).toBe(0);
  });

  it('begins one that is lined up when the one before has ended, and none that has been taken back', async () => {
    const gate = deferred<void>();
    const begun: string[] = [];
    const { lineUp, give, frame, turns } = startSession(
      worker(async ({ id }) => {
        begun.push(id);
        if (id === 'id-1') await gate.promise;
        return [...begun];
      }),
    );
    turns.push(2, 4);
    await give('{}', { job: 1 });
    await lineUp('{}', 2, 3, 4);
    gate.resolve();
    expect(await frame('outcome')).toMatchObject({ job: 1, body: '["id-1"]' });
    expect(await frame('outcome')).toMatchObject({ job: 2, body: '["id-1","id-2"]' });
    expect(await frame('outcome')).toMatchObject({ job: 4, body: '["id-1","id-2","id-4"]' });
    turns.push(5);
    await lineUp('{}', 5);
    expect(await frame('outcome')).toMatchObject({ job: 5 });
  });

  it('works on several at once', async () => {
    const gate = deferred<void>();
    let both = 0;
    const { give, frame } = startSession(
      worker(async () => {
        if (++both === 2) gate.resolve();
        await gate.promise;
        return both;
      }),
    );
    await give('{}', { job: 1 });
    await give('{}', { job: 2 });
    const jobs = [(await frame('outcome')).job, (await frame('outcome')).job];
    expect(jobs).toEqual([1, 2]);
  });

  it('gives its settings and what it knows of the workitem to the handler', async () => {
    const { run, port, frame } = startSession(
      worker(function (this: BaseWorker, workitem, context) {
        context.logger.info({ a: 1 }, 'said');
        context.progress(0.5, 'half');
        const { id, workerType, body } = workitem;
        return { id, workerType, body, own: this.settings, ...context, signal: context.signal.aborted };
      }),
    );
    const { body } = await run('{"n":1}', { headers: { traceparent: '00-1' }, attempt: 3 });
    expect(JSON.parse(body)).toEqual({
      id: 'id-1',
      workerType: 'a',
      body: { n: 1 },
      own: { key: 'value' },
      settings: { key: 'value' },
      attempt: 3,
      instance: 'a#1',
      traceparent: '00-1',
      signal: false,
      logger: {},
    });
    expect(await frame('log')).toMatchObject({ job: 1, level: 'info', message: 'said', fields: { a: 1 } });
    expect(await frame('progress')).toMatchObject({ job: 1, fraction: 0.5, note: 'half' });
    port.close();
  });

  it.each([
    ['timeout', 'TimeoutError'],
    ['shutdown', 'AbortError'],
    ['cancel', 'AbortError'],
  ] as const)('aborts the signal of the one handler, which can tell why: %s', async (reason, name) => {
    const causes: unknown[] = [];
    const { give, port, frame } = startSession(
      worker(
        (_workitem, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => {
              causes.push(signal.reason.cause);
              reject(signal.reason);
            }),
          ),
      ),
    );
    await give('{}');
    port.send({ kind: 'abort', job: 99, reason });
    port.send({ kind: 'abort', job: 1, reason });
    const { outcome } = await frame('outcome');
    expect(outcome).toMatchObject({ kind: 'threw', failure: { trace: expect.stringContaining(name) } });
    expect(causes).toEqual([reason]);
  });

  it.each<[string, string, Partial<Given>, () => unknown, Partial<WorkerOutcome>]>([
    ['unreadable bodies', '{', {}, () => 1, { kind: 'unreadable', error: expect.stringContaining('not JSON') }],
    [
      'other formats',
      'x',
      { contentType: 'image/png' },
      () => 1,
      { kind: 'unsupported', failure: { error: 'worker does not support this type of workitem', trace: '' } },
    ],
    [
      'exceptions',
      '{}',
      {},
      () => {
        throw null;
      },
      { kind: 'threw', failure: { error: 'null', trace: '' } },
    ],
    [
      'retries',
      '{}',
      {},
      () => {
        throw new RetryLater(7, 'busy');
      },
      { kind: 'retryLater', delayMs: 7, error: 'busy' },
    ],
    [
      'refusals',
      '{}',
      {},
      () => {
        throw new Reject('no');
      },
      { kind: 'rejected', error: 'no' },
    ],
    [
      'thenables that throw',
      '{}',
      {},
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: this is what it is about
        get then() {
          throw new Error('trap');
        },
      }),
      { kind: 'threw' },
    ],
  ])('answers with a value for %s', async (_what, body, sent, handler, outcome) => {
    const { run } = startSession(worker(handler, ['application/json']));
    expect((await run(body, sent)).outcome).toMatchObject(outcome);
  });

  it('treats bodies of a format that cannot be loaded as unreadable, and works on all others', async () => {
    const formats = [{ format: 'application/x-broken', module: '/broken.js' }];
    const { run, isReady, early } = startSession(
      worker(() => 1),
      { formats },
    );
    await isReady();
    expect(early.join()).toContain('application/x-broken');
    const { outcome } = await run('x', { contentType: 'application/x-broken' });
    expect(outcome).toMatchObject({ kind: 'unreadable', error: expect.stringContaining('no such module') });
    expect((await run('{}', { job: 2 })).outcome.kind).toBe('finished');
  });
});
