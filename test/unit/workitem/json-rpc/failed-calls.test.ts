import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure, Mishap } from '../../../../src/workitem/failure.ts';
import { codeOfMishap, isOwnCode, RPC_CODE } from '../../../../src/workitem/json-rpc/codes.ts';
import { failedCalls } from '../../../../src/workitem/json-rpc/failed-calls.ts';

const NO_LIMIT = 1024 * 1024;
const CRASH: Failure = { mishap: 'crashed', error: 'it died', trace: 'last line' };

function answer(body: string, failure = CRASH, maxBytes = NO_LIMIT): unknown {
  const result = failedCalls(Buffer.from(body), failure, maxBytes);
  if (result === null) return null;
  expect(result.contentType).toBe('application/json-rpc');
  expect(result.body.length).toBeLessThanOrEqual(maxBytes);
  return JSON.parse(result.body.toString());
}

const call = (more: object): object => ({ jsonrpc: '2.0', method: 'm', ...more });

describe('a request that came to nothing', () => {
  it('is answered with the code of what befell it, and the trace where there is one', () => {
    const error = { code: RPC_CODE.crashed, message: 'it died', data: { trace: 'last line' } };
    expect(answer(JSON.stringify(call({ id: 7 })))).toEqual({ jsonrpc: '2.0', error, id: 7 });
    expect(answer(JSON.stringify(call({ id: 7 })), { mishap: 'expired', error: 'late', trace: '' })).toEqual({
      jsonrpc: '2.0',
      error: { code: RPC_CODE.expired, message: 'late' },
      id: 7,
    });
  });

  it('is not answered where it is a notification, alone or in a batch of them', () => {
    expect(answer(JSON.stringify(call({})))).toBeNull();
    expect(answer(JSON.stringify([call({}), call({})]))).toBeNull();
  });

  it('gets the error of its own where it could not be read', () => {
    const unreadable: Failure = { mishap: 'unreadable', error: 'not JSON', trace: '' };
    expect(answer('{', unreadable)).toMatchObject({ error: { code: RPC_CODE.parseError }, id: null });
    expect(answer('[]', unreadable)).toMatchObject({ error: { code: RPC_CODE.invalidRequest }, id: null });
    expect(answer('{"id":3}', unreadable)).toMatchObject({ error: { code: RPC_CODE.invalidRequest }, id: 3 });
    expect(answer('{', CRASH)).toMatchObject({ error: { code: RPC_CODE.crashed }, id: null });
  });

  it('is answered with its id where it is large, and without where there is too much in it to look for that', () => {
    const large = (value: string) => `{"params":{"x":${value}},"jsonrpc":"2.0","method":"m","id":7.0}`;
    expect(answer(large(`"${'x'.repeat(NO_LIMIT)}"`))).toMatchObject({ error: { code: RPC_CODE.crashed }, id: 7 });
    const bomb = large(`[${'[],'.repeat(700_000)}1]`);
    expect(answer(bomb)).toMatchObject({ error: { code: RPC_CODE.crashed }, id: null });
    const broken = { ...CRASH, mishap: 'unreadable' } as const;
    expect(answer(`${large('1')}${' '.repeat(NO_LIMIT)}}`, broken)).toMatchObject({
      error: { code: RPC_CODE.parseError },
    });
  });

  it('is not even read where it is too large', () => {
    const failure: Failure = { mishap: 'too-large', error: 'too large', trace: '' };
    expect(answer(JSON.stringify(call({})), failure)).toMatchObject({ error: { code: RPC_CODE.tooLarge }, id: null });
  });
});

describe('a batch that came to nothing', () => {
  it('is answered call by call, without the notifications', () => {
    const batch = [call({ id: 'a' }), call({}), { id: 1 }, call({ id: null })];
    expect(answer(JSON.stringify(batch))).toMatchObject([
      { error: { code: RPC_CODE.crashed }, id: 'a' },
      { error: { code: RPC_CODE.invalidRequest }, id: 1 },
      { error: { code: RPC_CODE.crashed }, id: null },
    ]);
  });

  it('is answered in fewer words where these do not fit, and once for all where nothing else does', () => {
    const batch = JSON.stringify(Array.from({ length: 1000 }, (_, id) => call({ id })));
    const wordy: Failure = { mishap: 'overtime', error: 'e'.repeat(4000), trace: 't'.repeat(16_000) };
    expect(answer(batch, wordy, 12 * NO_LIMIT)).toHaveLength(1000);
    expect(answer(batch, wordy, 400_000)).toHaveLength(1000);
    expect(answer(batch, wordy, 1_000)).toMatchObject({ error: { code: RPC_CODE.timeout }, id: null });
  });
});

describe('any answer', () => {
  it('is JSON-RPC, one for each call that waits for one, whatever the body and whatever befell it', () => {
    const entry = fc.record({
      jsonrpc: fc.constant('2.0'),
      method: fc.string({ minLength: 1 }),
      id: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
    });
    const mishaps = fc.constantFrom<Mishap>('threw', 'overtime', 'rejected', 'cancelled', 'invalid');
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), mishaps, fc.string(), (batch, mishap, error) => {
        const answers = answer(JSON.stringify(batch), { mishap, error, trace: '' }) as { id: unknown }[];
        expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
      }),
    );
    fc.assert(fc.property(fc.string(), (body) => void answer(body)));
  });

  it('has a code that JSON-RPC leaves to servers, or one of its own', () => {
    expect(codeOfMishap('unroutable')).toBe(RPC_CODE.methodNotFound);
    for (const code of Object.values(RPC_CODE)) expect(isOwnCode(code)).toBe(false);
    expect(new Set(Object.values(RPC_CODE)).size).toBe(Object.keys(RPC_CODE).length);
    for (const code of [0, 42, -1, -31999, -32769]) expect(isOwnCode(code)).toBe(true);
    for (const code of [1.5, '7', null, Number.NaN, 2 ** 60]) expect(isOwnCode(code)).toBe(false);
  });
});
