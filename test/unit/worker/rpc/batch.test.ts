// Batches: each call is answered for itself, and none is run a second time.
import { describe, expect, it } from 'vitest';
import { deferred } from '../../../../src/core/deferred.ts';
import { InvalidParams, Reject, RetryLater, type RpcContext } from '../../../../src/worker/base-worker.ts';
import { RPC_CODE } from '../../../../src/workitem/json-rpc/codes.ts';
import { notification, request, startRpc } from './rpc-session.ts';

const add = (a: number, b: number): number => a + b;
const fail = (): never => {
  throw new Error('no');
};

describe('a batch', () => {
  it('is answered call by call, in order, without the notifications', async () => {
    const seen: number[] = [];
    const { call } = startRpc({ add, note: (n: number) => void seen.push(n) });
    const batch = [request('a.add', [1, 2], 'x'), notification('a.note', [7]), request('add', [3, 4], 'y')];
    expect(await call(batch)).toEqual({
      outcome: { kind: 'finished', contentType: 'application/json-rpc' },
      answer: [
        { jsonrpc: '2.0', result: 3, id: 'x' },
        { jsonrpc: '2.0', result: 7, id: 'y' },
      ],
    });
    expect(seen).toEqual([7]);
  });

  it('of notifications alone is not answered', async () => {
    const { call } = startRpc({ fail, ok: () => 1 });
    expect(await call([notification('ok'), notification('ok')])).toMatchObject({
      outcome: { kind: 'finished' },
      answer: null,
    });
    expect(await call([notification('ok'), notification('fail')])).toMatchObject({
      outcome: { kind: 'partly', failure: { error: '1 of 2 calls failed, the first with: no' } },
      answer: null,
    });
  });

  it('in which functions threw is answered, and must not be run again', async () => {
    const { call } = startRpc({
      add,
      fail,
      busy() {
        throw new RetryLater(7_000, 'busy');
      },
      never() {
        throw new Reject('never');
      },
    });
    const batch = ['fail', 'busy', 'never'].map((method) => request(method, [], method));
    const { outcome, answer } = await call([request('add', [1, 2], 1), ...batch]);
    expect(outcome).toMatchObject({ kind: 'partly', failure: { error: '3 of 4 calls failed, the first with: no' } });
    const data = { name: 'Error', trace: expect.stringContaining('batch.test.ts') };
    expect(answer).toMatchObject([
      { result: 3, id: 1 },
      { error: { code: RPC_CODE.serverError, data }, id: 'fail' },
      { error: { code: RPC_CODE.retryLater, message: 'busy', data: { retry_after_ms: 7_000 } }, id: 'busy' },
      { error: { code: RPC_CODE.rejected, message: 'never' }, id: 'never' },
    ]);
  });

  it('in which only the callers were wrong has failed for good', async () => {
    const { call } = startRpc({
      add,
      refuse() {
        throw new InvalidParams('odd');
      },
    });
    const { outcome, answer } = await call([request('none', [], 1), { id: 2 }, 3, request('refuse', [], 4)]);
    expect(outcome).toMatchObject({ kind: 'unsupported' });
    expect(answer).toMatchObject([
      { error: { code: RPC_CODE.methodNotFound }, id: 1 },
      { error: { code: RPC_CODE.invalidRequest }, id: 2 },
      { error: { code: RPC_CODE.invalidRequest }, id: null },
      { error: { code: RPC_CODE.invalidParams }, id: 4 },
    ]);
  });

  it('tells the progress of the whole', async () => {
    const { call, frame } = startRpc({
      half(this: RpcContext) {
        this.progress(0.5, 'half');
      },
    });
    await call([request('half'), request('half')]);
    const told = [(await frame('progress')).fraction, (await frame('progress')).fraction];
    expect(told).toEqual([0.25, 0.75]);
  });

  it('whose answers are too large together is answered with errors alone', async () => {
    const { call } = startRpc({ half: () => 'x'.repeat(600) }, { maxMessageSize: 1_100 });
    const { outcome, answer } = await call([request('half', [], 1), notification('half'), request('half', [], 2)]);
    expect(outcome).toMatchObject({ kind: 'unsupported', failure: { error: expect.not.stringContaining('begun') } });
    expect(answer).toMatchObject([1, 2].map((id) => ({ error: { code: RPC_CODE.tooLarge }, id })));
  });

  it('may have answers of just as many bytes as a message may have, and not one more', async () => {
    const functions = { a: () => 'é'.repeat(200), b: () => 'x'.repeat(300) };
    const batch = [request('a', [], 1), notification('b'), request('b', [], 'two')];
    const whole = await startRpc(functions).call(batch);
    const bytes = Buffer.byteLength(JSON.stringify(whole.answer));
    expect(await startRpc(functions, { maxMessageSize: bytes }).call(batch)).toEqual(whole);
    const { outcome } = await startRpc(functions, { maxMessageSize: bytes - 1 }).call(batch);
    expect(outcome).toMatchObject({ kind: 'unsupported' });
  });

  it('begins with nothing more as soon as its answers are too large', async () => {
    let begun = 0;
    const half = (): string => {
      begun++;
      return 'x'.repeat(30_000);
    };
    const { call } = startRpc({ half }, { maxMessageSize: 50_000 });
    const { outcome, answer } = await call(Array.from({ length: 100 }, (_, id) => request('half', [], id)));
    expect(begun).toBe(2);
    const message = expect.stringMatching(/too large: .*; calls after number 2 of 100 were not begun$/);
    expect(outcome).toMatchObject({ kind: 'unsupported', failure: { error: message } });
    expect(answer).toHaveLength(100);
    expect(answer[99]).toMatchObject({ error: { code: RPC_CODE.tooLarge, message }, id: 99 });
  });

  it('of a thousand calls that fail keeps its traces short', async () => {
    const { call } = startRpc({ fail }, { maxMessageSize: 1_000_000 });
    const { answer } = await call(Array.from({ length: 1_000 }, (_, id) => request('fail', [], id)));
    expect(answer).toHaveLength(1_000);
    expect(JSON.stringify(answer).length).toBeLessThan(400_000);
  });
});

describe('a batch that is to end', () => {
  function waiting(reason: 'timeout' | 'shutdown' | 'cancel') {
    const begun = deferred<void>();
    const session = startRpc({
      add,
      wait(this: RpcContext) {
        begun.resolve();
        return new Promise((_resolve, reject) =>
          this.signal.addEventListener('abort', () => reject(this.signal.reason)),
        );
      },
    });
    const batch = [request('add', [1, 2], 1), request('wait', [], 2), request('add', [1, 2], 3)];
    const called = (async () => {
      await session.give(batch);
      await begun.promise;
      session.port.send({ kind: 'abort', job: 1, reason });
      return session.called();
    })();
    return called;
  }

  it('because its time is up is answered: what was done, and what was not', async () => {
    const { outcome, answer } = await waiting('timeout');
    expect(outcome.kind).toBe('partly');
    expect(answer).toMatchObject([
      { result: 3, id: 1 },
      { error: { code: RPC_CODE.timeout }, id: 2 },
      { error: { code: RPC_CODE.timeout, message: 'the time of its batch was up before it began' }, id: 3 },
    ]);
  });

  it.each(['shutdown', 'cancel'] as const)(
    'because of a %s begins with nothing more, and answers nothing',
    async (why) => {
      const { outcome, answer } = await waiting(why);
      expect(outcome).toMatchObject({ kind: 'threw', contentType: 'application/json-rpc' });
      expect(answer).toBeNull();
    },
  );

  it('hears of that between two functions that never wait', async () => {
    let calls = 0;
    const session = startRpc({
      step: () => {
        if (++calls === 2) session.port.send({ kind: 'abort', job: 1, reason: 'cancel' });
      },
    });
    await session.give(Array.from({ length: 1_000 }, (_, id) => request('step', [], id)));
    expect((await session.called()).answer).toBeNull();
    expect(calls).toBeLessThan(1_000);
  });
});
