import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RPC_CODE } from '../../../../src/workitem/json-rpc/codes.ts';
import { type Calls, MAX_BATCH, type Reading, readCalls } from '../../../../src/workitem/json-rpc/read.ts';

const read = (text: string): Reading => readCalls(Buffer.from(text));
const request = (more: object): string => JSON.stringify({ jsonrpc: '2.0', method: 'add', ...more });

function callsIn(text: string): Calls {
  const reading = read(text);
  if (reading.kind === 'calls') return reading.calls;
  throw new Error(reading.error);
}

describe('a request', () => {
  it('is read with its method, its parameters and its id', () => {
    expect(callsIn(request({ params: [5, 6], id: 'a' }))).toMatchObject({
      isBatch: false,
      entries: [{ kind: 'call', id: '"a"', method: 'add', params: [5, 6] }],
    });
    expect(callsIn(request({ params: { a: 5 }, id: 1 })).entries).toMatchObject([{ id: '1', params: { a: 5 } }]);
  });

  it('without an id is a notification; null is an id', () => {
    expect(callsIn(request({})).entries).toEqual([{ kind: 'call', id: null, method: 'add', params: undefined }]);
    expect(callsIn(request({ id: null })).entries).toMatchObject([{ id: 'null' }]);
  });

  it.each(['0', '-1', '1.5', '12345678901234567890', '1e400', '-1e-7', '"\u2028 \ud83d\ude00"', '""', 'null'])(
    'keeps the id %s exactly as it is',
    (id) => {
      const text = `{"jsonrpc":"2.0","params":{"id":7},"method":"add","id": ${id} }`;
      const [single] = callsIn(text).entries;
      const [, inBatch] = callsIn(`[${request({ id: 1 })}, ${text}]`).entries;
      expect([single?.id, inBatch?.id]).toEqual([id, id]);
    },
  );

  it('may begin with a byte order mark', () => {
    expect(callsIn(`\ufeff{"jsonrpc":"2.0","method":"add","id":1e400}`).entries).toMatchObject([{ id: '1e400' }]);
  });

  it.each([
    ['no JSON', '{', RPC_CODE.parseError, 'null'],
    ['nothing', '', RPC_CODE.parseError, 'null'],
    ['half a batch', `[${request({ id: 1 })}`, RPC_CODE.parseError, 'null'],
    ['JSON that is too deep', '['.repeat(600) + ']'.repeat(600), RPC_CODE.parseError, 'null'],
    ['a text', '"add"', RPC_CODE.invalidRequest, 'null'],
    ['null', 'null', RPC_CODE.invalidRequest, 'null'],
    ['no version', '{"method":"add","id":1}', RPC_CODE.invalidRequest, '1'],
    ['another version', '{"jsonrpc":"1.0","method":"add","id":1}', RPC_CODE.invalidRequest, '1'],
    ['a method that is no text', request({ method: 1, id: 'x' }), RPC_CODE.invalidRequest, '"x"'],
    ['an empty method', request({ method: '', id: 1 }), RPC_CODE.invalidRequest, '1'],
    ['a method that is too long', request({ method: 'm'.repeat(258), id: 1 }), RPC_CODE.invalidRequest, '1'],
    ['parameters that are no list', request({ params: 'bar' }), RPC_CODE.invalidRequest, 'null'],
    ['parameters that are null', request({ params: null, id: 1 }), RPC_CODE.invalidRequest, '1'],
    ['an id that is a list', request({ id: [] }), RPC_CODE.invalidRequest, 'null'],
    ['an id that is true', request({ id: true }), RPC_CODE.invalidRequest, 'null'],
    ['an id that is too long', request({ id: 'i'.repeat(1023) }), RPC_CODE.invalidRequest, 'null'],
    ['a method that is inherited', '{"__proto__":{"method":"add"},"jsonrpc":"2.0"}', RPC_CODE.invalidRequest, 'null'],
    ['an empty batch', '[]', RPC_CODE.invalidRequest, 'null'],
  ])('is none where there is %s', (_what, text, code, id) => {
    expect(read(text)).toMatchObject({ kind: 'unreadable', code, id });
  });

  it('is none where the bytes are no UTF-8', () => {
    expect(readCalls(Buffer.from([0x7b, 0xff]))).toMatchObject({ kind: 'unreadable', code: RPC_CODE.parseError });
  });
});

describe('a batch', () => {
  it('is read entry by entry: what is wrong with one is no fault of the others', () => {
    const { isBatch, entries } = callsIn(`[1, ${request({ id: 2 })}, {"id":3}, ${request({})}, []]`);
    expect(isBatch).toBe(true);
    expect(entries.map(({ kind, id }) => [kind, id])).toEqual([
      ['invalid', 'null'],
      ['call', '2'],
      ['invalid', '3'],
      ['call', null],
      ['invalid', 'null'],
    ]);
  });

  it(`has at most ${MAX_BATCH} entries`, () => {
    const batch = (length: number): string => JSON.stringify(Array.from({ length }, (_, id) => ({ id })));
    expect(callsIn(batch(MAX_BATCH)).entries).toHaveLength(MAX_BATCH);
    expect(read(batch(MAX_BATCH + 1))).toMatchObject({ code: RPC_CODE.invalidRequest, id: 'null' });
  });
});

describe('any body at all', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('2.0', '', 'a.b', '.', 1e300, -0));
  const entry = fc.record({ jsonrpc: odd, method: odd, params: odd, id: odd }, { requiredKeys: [] });
  const texts = fc.oneof(odd, entry, fc.array(entry)).map((value) => JSON.stringify(value));

  it('is read as something, and never makes it throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCalls(Buffer.from(bytes))));
    fc.assert(
      fc.property(texts, (text) => {
        const reading = read(text);
        const ids = reading.kind === 'calls' ? reading.calls.entries.map(({ id }) => id) : [reading.id];
        for (const id of ids) expect(['string', 'number', 'object']).toContain(typeof JSON.parse(id ?? 'null'));
      }),
    );
  });

  it('is a call exactly where the specification says so', () => {
    fc.assert(
      fc.property(entry, (value) => {
        const isRequest =
          value.jsonrpc === '2.0' &&
          typeof value.method === 'string' &&
          value.method !== '' &&
          (!('params' in value) || (typeof value.params === 'object' && value.params !== null)) &&
          (!('id' in value) || value.id === null || ['string', 'number'].includes(typeof value.id));
        expect(read(JSON.stringify(value)).kind).toBe(isRequest ? 'calls' : 'unreadable');
      }),
      { examples: [[{ jsonrpc: '2.0', method: 'a' }], [{ jsonrpc: '2.0', method: 'a', params: {}, id: 'x' }]] },
    );
  });
});
