import { describe, expect, it } from 'vitest';
import { decodeWorkitem, encodeFailure, encodeResult } from '../../../src/workitem/decode.ts';
import type { WorkitemFormat } from '../../../src/workitem/format.ts';
import { Workitem } from '../../../src/workitem/workitem.ts';
import { CODEC, envelope, FORMATS, TYPES } from './formats.ts';

const UNREADABLE = (message: string): unknown => expect.objectContaining({ code: 'UNREADABLE', message });
const FAILURE = { mishap: 'threw', error: 'broken', trace: 'at f' } as const;
const AS_JSON = { contentType: 'application/json', body: Buffer.from('{"error":"broken","trace":"at f"}') };
const failed = (about = envelope('application/json'), raw = '{}', formats = FORMATS): unknown =>
  encodeFailure(about, Buffer.from(raw), FAILURE, { ...CODEC, formats });

describe('decoding', () => {
  it('finds the format by the content type, without its parameters', () => {
    const about = envelope('Application/JSON; charset=utf-8');
    expect(decodeWorkitem(about, Buffer.from('{"a":1}'), FORMATS, TYPES).body).toEqual({ a: 1 });
  });

  it('leaves a body raw where there is no format for it, in whatever encoding', () => {
    const raw = Buffer.from([0xff, 0]);
    const about = envelope('image/png', {}, { contentEncoding: 'gzip' });
    const workitem = decodeWorkitem(about, raw, FORMATS, TYPES);
    expect(workitem.body).toBe(raw);
    expect(workitem).toMatchObject({ id: 'id-1', workerType: 'builder', contentType: 'image/png' });
  });

  it.each(['gzip', 'deflate', 'utf-16', 'iso-8859-1'])('refuses what is encoded as %s', (contentEncoding) => {
    const about = envelope('application/json', {}, { contentEncoding });
    expect(() => decodeWorkitem(about, Buffer.from('{}'), FORMATS, TYPES)).toThrow(
      UNREADABLE(`the body has content_encoding "${contentEncoding}": only plain UTF-8 can be read`),
    );
  });

  it.each(['', 'UTF-8', ' utf8 ', 'identity'])('takes "%s" for no encoding', (contentEncoding) => {
    const about = envelope('application/json', {}, { contentEncoding });
    expect(decodeWorkitem(about, Buffer.from('1'), FORMATS, TYPES).body).toBe(1);
  });

  it('calls unreadable whatever a format throws', () => {
    const format: WorkitemFormat = {
      workerType: () => 'x',
      decode: () => {
        throw null;
      },
      encode: () => Buffer.alloc(0),
    };
    const formats = new Map([['a/b', format]]);
    expect(() => decodeWorkitem(envelope('a/b'), Buffer.alloc(0), formats, TYPES)).toThrow(
      UNREADABLE('the body cannot be read: null'),
    );
  });

  it('makes what the format wants', () => {
    class Special extends Workitem {}
    const format: WorkitemFormat = {
      workerType: () => 'x',
      decode: (raw, { workerType }) => `${workerType} ${raw.toString()}`,
      encode: (body) => Buffer.from(String(body)),
      workitemClass: Special,
    };
    const formats = new Map([['a/b', format]]);
    const workitem = decodeWorkitem(envelope('a/b'), Buffer.from('y'), formats, TYPES);
    expect(workitem).toBeInstanceOf(Special);
    expect(encodeResult(workitem, formats, TYPES)).toEqual({ contentType: 'a/b', body: Buffer.from('builder y') });
  });
});

describe('a result', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'null'],
    ['null', null, 'null'],
    ['a text', 'ü', '"ü"'],
    ['a table', { a: [1] }, '{"a":[1]}'],
    ['NaN', Number.NaN, 'null'],
    ['a function', () => 1, 'null'],
    ['what has a toJSON', { toJSON: () => 7 }, '7'],
  ])('that is %s is JSON', (_, value, json) => {
    expect(encodeResult(value, FORMATS, TYPES)).toEqual({ contentType: 'application/json', body: Buffer.from(json) });
  });

  it('that is bytes is bytes, and a copy of them', () => {
    const bytes = new Uint8Array([1, 255]);
    const { contentType, body } = encodeResult(bytes, FORMATS, TYPES);
    bytes[0] = 9;
    expect(contentType).toBe('application/octet-stream');
    expect([...body]).toEqual([1, 255]);
  });

  it.each([1n, { a: 1n }])('that JSON cannot hold is the handler’s mistake', (value) => {
    expect(() => encodeResult(value, FORMATS, TYPES)).toThrow(TypeError);
  });

  it('that is a raw workitem keeps its content type, or becomes JSON where the handler made something else of it', () => {
    const raw = decodeWorkitem(envelope('image/png'), Buffer.from([1, 2]), FORMATS, TYPES);
    expect(encodeResult(raw, FORMATS, TYPES)).toEqual({ contentType: 'image/png', body: Buffer.from([1, 2]) });
    raw.body = { width: 3 };
    expect(encodeResult(raw, FORMATS, TYPES)).toEqual({
      contentType: 'application/json',
      body: Buffer.from('{"width":3}'),
    });
  });
});

describe('a failed result', () => {
  it('is the workitem with the error in it', () => {
    expect(failed(envelope('application/json; charset=utf-8'), '{"a":1}')).toEqual({
      contentType: 'application/json; charset=utf-8',
      body: Buffer.from('{"a":1,"error":"broken","trace":"at f"}'),
    });
  });

  it('leaves the text of a large workitem as it is, but for the error', () => {
    const more = `"n": 12345678901234567890, "x": "${'x'.repeat(70_000)}"`;
    expect(failed(envelope('application/json'), `{ ${more} }`)).toEqual({
      contentType: 'application/json',
      body: Buffer.from(`{ ${more} ,"error":"broken","trace":"at f"}`),
    });
  });

  it.each([
    ['a large one is a list', failed(envelope('application/json'), `[${'1,'.repeat(70_000)}1]`)],
    ['there is more in it than is read', failed(envelope('application/json'), `{"x":[${'[],'.repeat(700_000)}1]}`)],
    ['a large one is unreadable', failed(envelope('application/json'), `{${' '.repeat(70_000)}`)],
    ['no format reads it', failed(envelope('image/png'), 'x')],
    ['it is a list', failed(envelope('application/json'), '[1]')],
    ['it is null', failed(envelope('application/json'), 'null')],
    ['it is unreadable', failed(envelope('application/json'), '{')],
    ['it is compressed', failed(envelope('application/json', {}, { contentEncoding: 'gzip' }), '{}')],
    ['it is text in another encoding', failed(envelope('text/plain', {}, { contentEncoding: 'base64' }), 'aGFsbG8=')],
  ])('is the error alone where %s', (_, result) => {
    expect(result).toEqual(AS_JSON);
  });

  it.each<[string, Partial<WorkitemFormat>]>([
    ['has no place for an error', {}],
    ['finds none in this body', { withError: () => undefined }],
    [
      'throws',
      {
        withError: () => {
          throw new Error('no');
        },
      },
    ],
    [
      'cannot write it',
      {
        withError: (body) => body,
        encode: () => {
          throw new Error('no');
        },
      },
    ],
  ])('is the error alone where the format %s', (_, more) => {
    const format: WorkitemFormat = { workerType: () => 'x', decode: () => 1, encode: () => Buffer.alloc(0), ...more };
    expect(failed(envelope('a/b'), 'x', new Map([['a/b', format]]))).toEqual(AS_JSON);
  });
});
