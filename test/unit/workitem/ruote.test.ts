import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWorkitem, encodeFailure, encodeResult } from '../../../src/workitem/decode.ts';
import { ruoteFormat } from '../../../src/workitem/ruote.ts';
import { RuoteWorkitem } from '../../../src/workitem/workitem.ts';
import { CODEC, envelope, FORMATS, TYPES } from './formats.ts';

const ABOUT = envelope('application/json');
const typeIn = (value: unknown): string => ruoteFormat.workerType(Buffer.from(JSON.stringify(value)));

describe('the worker type of JSON', () => {
  it('stands at fields.params.worker_type, or else at worker_type', () => {
    expect(typeIn({ fields: { params: { worker_type: 'a' } } })).toBe('a');
    expect(typeIn({ worker_type: 'b' })).toBe('b');
    expect(typeIn({ fields: { params: { worker_type: 'a' } }, worker_type: 'b' })).toBe('a');
    expect(typeIn({ fields: { params: {} }, worker_type: 'b' })).toBe('b');
    expect(typeIn({ fields: null, worker_type: 'b' })).toBe('b');
    expect(typeIn({ fields: { params: { worker_type: null } }, worker_type: 'b' })).toBe('b');
  });

  it.each([
    ['null', 'the body is JSON but no object: null names no worker type'],
    ['[]', 'the body is JSON but no object: a list names no worker type'],
    ['5', 'the body is JSON but no object: a number names no worker type'],
    ['"builder"', 'the body is JSON but no object: a string names no worker type'],
    ['{}', /names no worker type/],
    ['{"worker_type":5}', /names no worker type/],
    ['{"worker_type":["a"]}', /names no worker type/],
    ['{"fields":{"params":[{"worker_type":"a"}]}}', /names no worker type/],
    ['{"__proto__":{"worker_type":"a"}}', /names no worker type/],
    ['{"fields":{"__proto__":{"params":{"worker_type":"a"}}}}', /names no worker type/],
  ])('is missing in %s', (json, message) => {
    expect(() => ruoteFormat.workerType(Buffer.from(json))).toThrow(
      expect.objectContaining({
        code: 'UNREADABLE',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    );
  });

  it('is found or missed, never anything else, in any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          expect(typeof typeIn(value)).toBe('string');
        } catch (err) {
          expect(err).toMatchObject({ code: 'UNREADABLE' });
        }
      }),
    );
  });
});

describe('a workitem in JSON', () => {
  const RUOTE = {
    ruote_version: '2.1.11',
    fei: { engine_id: 'engine', wfid: '20101116-bichojuda', expid: '0_0' },
    fields: { params: { worker_type: 'builder', ref: 'x' }, dispatched_at: '2010-11-16', list: [1, { deep: null }] },
    participant_name: 'builder',
    other: [true],
  };

  it('of the Ruote engine comes back with everything it had, and what the handler changed', () => {
    const workitem = decodeWorkitem(ABOUT, Buffer.from(JSON.stringify(RUOTE)), FORMATS, TYPES);
    expect(workitem).toBeInstanceOf(RuoteWorkitem);
    const ruote = workitem as RuoteWorkitem;
    expect(ruote.fei).toEqual(RUOTE.fei);
    (ruote.fields as Record<string, unknown>).result = 'built';
    const { body, contentType } = encodeResult(ruote, FORMATS, TYPES);
    expect(JSON.parse(body.toString())).toEqual({ ...RUOTE, fields: { ...RUOTE.fields, result: 'built' } });
    expect(contentType).toBe('application/json');
  });

  it('comes back with everything, in the same order, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const raw = Buffer.from(JSON.stringify(value));
        const workitem = decodeWorkitem(ABOUT, raw, FORMATS, TYPES);
        expect(encodeResult(workitem, FORMATS, TYPES).body.toString()).toBe(raw.toString());
      }),
      { examples: [[JSON.parse('{"__proto__":{"a":1},"constructor":null}')]] },
    );
  });

  it('that fails keeps everything and gains error and trace', () => {
    const raw = Buffer.from('{"__proto__":{"a":1},"fields":{},"error":"old"}');
    const failure = { mishap: 'threw', error: 'broken', trace: 'at f' } as const;
    const result = encodeFailure(ABOUT, raw, failure, CODEC);
    expect(result?.body.toString()).toBe('{"__proto__":{"a":1},"fields":{},"error":"broken","trace":"at f"}');
    expect(result?.contentType).toBe('application/json');
  });

  it('other than Ruote’s has neither fields nor fei', () => {
    for (const json of ['{}', '[]', 'null', '"x"', '{"fields":"no table"}', '{"fields":[]}']) {
      const workitem = decodeWorkitem(ABOUT, Buffer.from(json), FORMATS, TYPES) as RuoteWorkitem;
      expect([workitem.fields, workitem.fei]).toEqual([undefined, undefined]);
    }
  });
});
