import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, keyOf } from '../../../src/parked/facts.ts';
import { HEADER } from '../../../src/workitem/headers.ts';
import { message } from '../../support/fake-tools.ts';
import { AT, parked, parkedResult } from './parked.ts';

describe('factsOf', () => {
  it('tells what a daemon noted when it parked a workitem', () => {
    const extra = { [HEADER.trace]: 'TypeError: no such file\n    at f', [HEADER.reported]: true };
    const facts = factsOf(parked({ run: 'run-1', headers: { [HEADER.attempt]: 3 }, extra }));
    expect(facts).toEqual({
      id: 'id-1',
      run: 'run-1',
      kind: 'workitem',
      type: 'resize',
      reason: 'failed',
      error: 'no such file',
      errorName: 'TypeError',
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      at: AT,
      where: 'h workerpool',
      queue: 'worker_resize',
      attempt: 3,
      isReported: true,
      contentType: 'application/json',
      bytes: 2,
    });
  });

  it('tells whose result it is', () => {
    const facts = factsOf(parkedResult({ id: 'w', run: 'r', to: 'their_queue' }));
    expect(facts).toMatchObject({ kind: 'result', id: 'w', run: 'r', queue: 'their_queue' });
  });

  it('reads no name of an error out of what a dead process wrote last', () => {
    const extra = { [HEADER.trace]: 'SomeError: by chance' };
    expect(factsOf(parked({ reason: 'crashed', extra })).errorName).toBe('crashed');
  });

  it('finds the type in the header, else in what the dispatcher read, else in the queue', () => {
    const typeIn = (headers: object): string => factsOf(message('', { headers: { ...headers } })).type;
    expect(typeIn({ [HEADER.type]: 'a', [HEADER.routed]: 'b', [HEADER.queue]: 'worker_c' })).toBe('a');
    expect(typeIn({ [HEADER.routed]: 'b', [HEADER.queue]: 'worker_c' })).toBe('b');
    expect(typeIn({ [HEADER.queue]: 'worker_c' })).toBe('c');
    expect(typeIn({ [HEADER.queue]: 'taskqueue' })).toBe('');
  });

  it('copes with whatever stands in a queue that anybody may publish to', () => {
    const headers = fc.dictionary(fc.constantFrom(...Object.values(HEADER)), fc.anything());
    fc.assert(
      fc.property(headers, (some) => {
        const facts = factsOf(message('x', { headers: some }));
        expect(facts.bytes).toBe(1);
        expect(keyOf(facts)).toHaveLength(22);
      }),
    );
  });
});

describe('keyOf', () => {
  it('is another one for a copy that was parked at another time, by another daemon, or as a result', () => {
    const all = [parked({ run: 'r' }), parked({ run: 'r', at: AT + 1 }), parked({ run: 'r', error: 'same' })];
    const keys = [...all, parkedResult({ run: 'r', to: 'q' })].map((one) => keyOf(factsOf(one)));
    expect(keys[0]).toBe(keys[2]);
    expect(new Set(keys).size).toBe(3);
  });
});
