// Functions of a plugin, called by JSON-RPC, as their pool sees it.
import { describe, expect, it } from 'vitest';
import { InvalidParams, Reject, RetryLater, type RpcContext } from '../../../../src/worker/base-worker.ts';
import { RPC_CODE } from '../../../../src/workitem/json-rpc/codes.ts';
import { notification, request, startRpc } from './rpc-session.ts';

const add = (a: number, b: number): number => a + b;
const JSON_RPC = 'application/json-rpc';

describe('a request', () => {
  it('calls the function that it names, and is answered with what that returns', async () => {
    const { call } = startRpc({ add, later: async (n: number) => n * 2, nothing: () => undefined });
    expect(await call(request('a.add', [5, 6]))).toEqual({
      outcome: { kind: 'finished', contentType: JSON_RPC },
      answer: { jsonrpc: '2.0', result: 11, id: 1 },
    });
    expect((await call(request('later', [4], 'x'))).answer).toEqual({ jsonrpc: '2.0', result: 8, id: 'x' });
    expect((await call(request('nothing', [], null))).answer).toEqual({ jsonrpc: '2.0', result: null, id: null });
  });

  it('gives parameters by name as one object', async () => {
    const { call } = startRpc({ greet: ({ name = 'you', greeting = 'Hello' }) => `${greeting}, ${name}!` });
    expect((await call(request('a.greet', { name: 'Ada' }))).answer.result).toBe('Hello, Ada!');
  });

  it('gives the function its context as this', async () => {
    const { call } = startRpc({
      async look(this: RpcContext, ...args: unknown[]) {
        const { attempt, settings, instance, traceparent, method, workitem, signal } = this;
        this.logger.info({ n: 1 }, 'looked');
        this.progress(0.5, 'half');
        const { id, body, workerType } = workitem;
        const more = { id, body, workerType, isAborted: signal.aborted, isFrozen: Object.isFrozen(this) };
        return { args, attempt, settings, instance, traceparent, method, ...more };
      },
    });
    const body = request('a.look', [7]);
    const { answer } = await call(body, { attempt: 2, headers: { traceparent: '00-1' } });
    expect(answer.result).toEqual({
      args: [7],
      attempt: 2,
      settings: { key: 'value' },
      instance: 'a#1',
      traceparent: '00-1',
      method: 'look',
      id: 'id-1',
      body,
      workerType: 'a',
      isAborted: false,
      isFrozen: true,
    });
  });

  it.each<[string, unknown, number]>([
    ['a method that is not there', request('a.sub', [1, 2]), RPC_CODE.methodNotFound],
    ['a method of another type', request('b.add', [1, 2]), RPC_CODE.methodNotFound],
    ['a method that is inherited', request('a.toString'), RPC_CODE.methodNotFound],
    ['__proto__', request('a.__proto__'), RPC_CODE.methodNotFound],
    ['nothing behind the dot', request('a.'), RPC_CODE.methodNotFound],
    ['too few parameters', request('a.add', [1]), RPC_CODE.invalidParams],
    ['parameters by name, where there are several', request('a.add', { a: 1 }), RPC_CODE.invalidParams],
    ['parameters that the function refuses', request('a.refuse'), RPC_CODE.invalidParams],
    ['a result that is too large', request('a.large'), RPC_CODE.tooLarge],
  ])('is answered with an error that no other attempt could mend: %s', async (_what, body, code) => {
    const refuse = (): never => {
      throw new InvalidParams('not like this');
    };
    const { call } = startRpc({ add, refuse, large: () => 'x'.repeat(100_000) });
    const { outcome, answer } = await call(body);
    expect(outcome).toMatchObject({ kind: 'unsupported', contentType: JSON_RPC });
    expect(answer).toEqual({ jsonrpc: '2.0', error: { code, message: expect.any(String) }, id: 1 });
  });

  it('whose function throws has failed, with its name and its trace in the answer', async () => {
    const { call } = startRpc({
      fail() {
        throw new RangeError('out of reach');
      },
    });
    const { outcome, answer } = await call(request('a.fail'));
    expect(outcome).toMatchObject({ kind: 'threw', failure: { error: 'out of reach' }, contentType: JSON_RPC });
    const data = { name: 'RangeError', trace: expect.stringContaining('calls.test.ts') };
    expect(answer.error).toEqual({ code: RPC_CODE.serverError, message: 'out of reach', data });
  });

  it('is answered with the code of the error, where that is one of its own', async () => {
    const failing = (code: unknown) => () => Promise.reject(Object.assign(new Error('no'), { code }));
    const { call } = startRpc({ own: failing(42), forged: failing(RPC_CODE.cancelled), node: failing('ENOENT') });
    const codes = [];
    for (const method of ['own', 'forged', 'node']) codes.push((await call(request(method))).answer.error.code);
    expect(codes).toEqual([42, RPC_CODE.serverError, RPC_CODE.serverError]);
  });

  it.each<[string, () => unknown]>([
    ['a BigInt', () => 1n],
    [
      'a cycle',
      () => {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        return cycle;
      },
    ],
    [
      'a toJSON that throws',
      () => ({
        toJSON() {
          throw null;
        },
      }),
    ],
  ])('whose result cannot be written as JSON has failed: %s', async (_what, give) => {
    const { call } = startRpc({ give });
    const { outcome, answer } = await call(request('give'));
    expect(outcome.kind).toBe('threw');
    expect(answer.error).toMatchObject({ code: RPC_CODE.internalError, message: expect.stringContaining('as JSON') });
  });

  it.each([null, undefined, 7, '', Object.freeze({}), Object.create(null), new Proxy({}, { get: () => 1n })])(
    'survives whatever a function throws: %#',
    async (thrown) => {
      const { call } = startRpc({
        fail() {
          throw thrown;
        },
      });
      expect((await call(request('fail'))).answer.error).toMatchObject({ code: RPC_CODE.serverError });
    },
  );

  it('may be asked for again later, or be given up', async () => {
    const { call } = startRpc({
      busy() {
        throw new RetryLater(7_000, 'busy');
      },
      never() {
        throw new Reject('never');
      },
    });
    const later = await call(request('busy'));
    expect(later).toEqual({ outcome: { kind: 'retryLater', delayMs: 7_000, error: 'busy' }, answer: null });
    const never = await call(request('never'));
    expect(never).toEqual({ outcome: { kind: 'rejected', error: 'never' }, answer: null });
  });

  it('has timed out where its function ends because the time is up', async () => {
    const { give, called, port } = startRpc({
      wait(this: RpcContext) {
        return new Promise((_resolve, reject) =>
          this.signal.addEventListener('abort', () => reject(new Error('ended'))),
        );
      },
    });
    await give(request('wait'));
    port.send({ kind: 'abort', job: 1, reason: 'timeout' });
    const { outcome, answer } = await called();
    expect(outcome.kind).toBe('threw');
    expect(answer.error).toMatchObject({ code: RPC_CODE.timeout, message: 'ended' });
  });

  it('is unreadable where it is none: the pool tells the sender', async () => {
    const { call } = startRpc({ add });
    for (const body of ['{', '{}', '[]', [request('a.add'), request('b.add')]]) {
      expect(await call(body)).toMatchObject({ outcome: { kind: 'unreadable' }, answer: null });
    }
  });

  it('in any other format is not accepted, and its sender is told in that format', async () => {
    const { call } = startRpc({ add });
    const { outcome, answer } = await call('{"n":1}', { contentType: 'application/json' });
    expect(outcome).toMatchObject({ kind: 'unsupported', contentType: 'application/json' });
    expect(answer).toEqual({ n: 1, error: 'worker does not support this type of workitem', trace: '' });
  });

  it('may have another content type, where the configuration maps that to JSON-RPC', async () => {
    const { call } = startRpc({ add }, { workitemTypeMap: { 'application/json': JSON_RPC } });
    const { outcome, answer } = await call(request('add', [5, 6]), { contentType: 'application/json' });
    expect(outcome).toEqual({ kind: 'finished', contentType: JSON_RPC });
    expect(answer.result).toBe(11);
  });

  it('fits max_message_size in its answer, whatever is in it', async () => {
    const fail = (): never => {
      throw new Error('\u0001'.repeat(3_000));
    };
    const { call } = startRpc({ fail, exact: (n: number) => 'x'.repeat(n) }, { maxMessageSize: 2_000 });
    const { answer } = await call(request('fail'));
    expect(JSON.stringify(answer).length).toBeLessThanOrEqual(2_000);
    const room = 2_000 - '{"jsonrpc":"2.0","result":"","id":1}'.length;
    expect((await call(request('exact', [room]))).answer.result).toHaveLength(room);
    expect((await call(request('exact', [room + 1]))).answer.error.code).toBe(RPC_CODE.tooLarge);
  });
});

describe('a notification', () => {
  it('is never answered, however it ends', async () => {
    let calls = 0;
    const { call } = startRpc({
      count: () => {
        calls++;
        return 1n; // which nobody has to write
      },
      fail() {
        throw new Error('no');
      },
    });
    const finished = await call(notification('a.count'));
    expect(finished).toEqual({ outcome: { kind: 'finished', contentType: JSON_RPC }, answer: null });
    expect(calls).toBe(1);
    expect(await call(notification('a.fail'))).toMatchObject({ outcome: { kind: 'threw' }, answer: null });
    expect(await call(notification('a.none'))).toMatchObject({ outcome: { kind: 'unsupported' }, answer: null });
  });
});

describe('a plugin of functions', () => {
  it('that exports none does not start, and says why', async () => {
    const { frame, ended } = startRpc({ LIMIT: 5 });
    expect((await frame('unloadable')).failure.error).toMatch(/worker type a exports no function/);
    expect(await ended).toBe(1);
  });
});
