import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { checkFromWorker } from '../../../src/child/check-head.ts';
import { openFrames } from '../../../src/child/frames.ts';
import {
  type FromWorker,
  PROTOCOL_VERSION,
  type ToWorker,
  type WorkerOutcome,
  type WorkerSetup,
} from '../../../src/child/protocol.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { deferred } from '../../../src/core/deferred.ts';
import {
  BaseWorker,
  type Context,
  Reject,
  type ReportChannel,
  RetryLater,
  type WorkerInit,
} from '../../../src/worker/base-worker.ts';
import { Session } from '../../../src/worker/session.ts';
import type { Workitem } from '../../../src/workitem/workitem.ts';

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
  ] as const)('aborts the signal of the one handler: %s', async (reason, name) => {
    const { give, port, frame } = startSession(
      worker(
        (_workitem, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    );
    await give('{}');
    port.send({ kind: 'abort', job: 99, reason });
    port.send({ kind: 'abort', job: 1, reason });
    const { outcome } = await frame('outcome');
    expect(outcome).toMatchObject({ kind: 'threw', failure: { trace: expect.stringContaining(name) } });
  });

  it.each<[string, string, Partial<Sent>, () => unknown, Partial<WorkerOutcome>]>([
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

type Handler = (this: BaseWorker, workitem: Workitem, context: Context) => unknown;
type Reporter = (channel: ReportChannel, workitem: Workitem, result: unknown) => Promise<void>;

type WorkerClass = new (init: WorkerInit) => BaseWorker;

function worker(handler: Handler, accept = BaseWorker.accept): WorkerClass {
  return class extends BaseWorker {
    static override accept = accept;
    override handleTask(workitem: Workitem, context: Context): unknown {
      return handler.call(this, workitem, context);
    }
  };
}

function reporting(handler: Handler, report: Reporter): WorkerClass {
  return class extends BaseWorker {
    override handleTask(workitem: Workitem, context: Context): unknown {
      return handler.call(this, workitem, context);
    }
    override async reportResults(...args: Parameters<Reporter>): Promise<void> {
      await report(...args);
    }
  };
}

interface Sent {
  readonly job: number;
  readonly contentType: string;
  readonly headers: Record<string, unknown>;
  readonly attempt: number;
  readonly isLastAttempt: boolean;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A session in this process, and its pool's end of the pipe. What the session sends goes through the pool's own check. */
function startSession(exported: unknown, setup: Partial<WorkerSetup> = {}) {
  const [ours, theirs] = duplexPair();
  const ended = deferred<number>();
  const early: string[] = [];
  const sent: (FromWorker & { body: string })[] = [];
  const arrivals = new EventTarget();
  const port = openFrames<FromWorker, ToWorker>(ours, {
    limits: { headBytes: 1024 * 1024, bodyBytes: 1024 * 1024 },
    check: checkFromWorker,
    onFrame(head, body) {
      sent.push({ ...head, body: body.toString() });
      arrivals.dispatchEvent(new Event('frame'));
    },
    onBroken: (error) => {
      throw error;
    },
    onClosed: () => undefined,
  });
  cleanUps.push(() => port.close());
  new Session({
    pipe: theirs,
    load: async (path) => (path === SETUP.module ? exported : Promise.reject(new Error('no such module'))),
    clock: systemClock,
    onNamed: () => undefined,
    printEarly: (line) => early.push(line),
    onEnd: ended.resolve,
  });
  port.send({ ...SETUP, ...setup });

  type Arrived<K> = Extract<FromWorker, { kind: K }> & { body: string };
  /** The oldest frame of this kind that nobody has taken yet. */
  async function frame<K extends FromWorker['kind']>(kind: K): Promise<Arrived<K>> {
    for (;;) {
      const at = sent.findIndex((one) => one.kind === kind);
      if (at >= 0) return sent.splice(at, 1)[0] as Arrived<K>;
      await once(arrivals as never, 'frame');
    }
  }

  let ready: Promise<unknown> | undefined;
  function isReady(): Promise<unknown> {
    ready ??= frame('ready');
    return ready;
  }

  async function give(body: string, given: Partial<Sent> = {}): Promise<void> {
    const { job = 1, contentType = 'application/json', headers = {}, attempt = 1, isLastAttempt = true } = given;
    await isReady();
    const envelope = { id: `id-${job}`, workerType: 'a', contentType, properties: {}, headers };
    port.send({ kind: 'work', job, envelope, attempt, isLastAttempt }, Buffer.from(body));
  }

  async function run(body: string, given: Partial<Sent> = {}) {
    await give(body, given);
    return frame('outcome');
  }

  return { port, sent, early, ended: ended.promise, isReady, frame, give, run };
}

const SETUP: WorkerSetup = {
  kind: 'setup',
  type: 'a',
  instance: 'a#1',
  module: '/worker.js',
  formats: [],
  defaultWorkitemType: 'application/json',
  workitemTypeMap: { 'application/json': 'application/x-ruote-workitem' },
  settings: { key: 'value' },
  maxMessageSize: 100_000,
};
