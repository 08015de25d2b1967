import { describe, expect, it } from 'vitest';
import { addressOf, typeOfCalls } from '../../../../src/workitem/json-rpc/address.ts';
import { callsIn, jsonRpcFormat } from '../../../../src/workitem/json-rpc/format.ts';

const batchOf = (...methods: string[]): Buffer =>
  Buffer.from(JSON.stringify(methods.map((method) => ({ jsonrpc: '2.0', method }))));
const UNREADABLE = (message: string): unknown =>
  expect.objectContaining({ code: 'UNREADABLE', message: expect.stringContaining(message) });

describe('the name of a method', () => {
  it.each([
    ['math.add', 'math', 'add'],
    ['org.math.add', 'org.math', 'add'],
    ['add', 'add', 'add'],
    ['.add', '', 'add'],
    ['math.', 'math', ''],
  ])('%s is for worker type "%s", method "%s"', (name, type, method) => {
    expect(addressOf(name)).toEqual({ type, method });
  });

  it('without a dot is a method of the worker type that it was sent to', () => {
    expect(addressOf('add', 'math')).toEqual({ type: 'math', method: 'add' });
    expect(addressOf('other.add', 'math')).toEqual({ type: 'other', method: 'add' });
  });
});

describe('a batch', () => {
  it('is for the one worker type that all its calls name', () => {
    expect(jsonRpcFormat.workerType(batchOf('math.add', 'math.sub', 'math.add'))).toBe('math');
    const odd = Buffer.from('[1, {"jsonrpc":"2.0","method":"math.add"}]');
    expect(jsonRpcFormat.workerType(odd)).toBe('math');
  });

  it('for several worker types is refused, naming two of them', () => {
    const mixed = batchOf('math.add', 'add');
    expect(() => jsonRpcFormat.workerType(mixed)).toThrow(UNREADABLE('several worker types, "math" and "add"'));
    expect(typeOfCalls(callsIn(mixed), 'math')).toBe('math');
    expect(() => typeOfCalls(callsIn(batchOf('add', 'other.sub')), 'math')).toThrow(UNREADABLE('"math" and "other"'));
  });

  it('without a single request is refused', () => {
    expect(() => jsonRpcFormat.workerType(Buffer.from('[1,{}]'))).toThrow(UNREADABLE('no entry of the batch'));
  });
});
