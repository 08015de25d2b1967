import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Terms, type WorkLine, workLine } from '../../../../src/pool/command/work-line.ts';
import { codecOf } from '../../../../src/pool/failed-result.ts';
import type { Envelope } from '../../../../src/workitem/workitem.ts';
import { plan } from '../fixtures.ts';

const TERMS: Terms = {
  accept: ['*/*'],
  raw: false,
  settings: { size: '100' },
  instance: 'w#1',
  codec: codecOf(plan()),
};
const envelope = (contentType = 'application/json', more: Partial<Envelope> = {}): Envelope => ({
  id: 'the id',
  workerType: 'w',
  contentType,
  properties: { contentType, correlationId: 'c' },
  headers: {},
  ...more,
});

function written(body: string | Buffer, about: Envelope = envelope(), terms: Partial<Terms> = {}): WorkLine {
  const order = { kind: 'work', job: 7, envelope: about, attempt: 2, isLastAttempt: false } as const;
  return workLine(order, Buffer.from(body as string), { ...TERMS, ...terms });
}

function lineOf(...how: Parameters<typeof written>): string {
  const work = written(...how);
  if (work.kind !== 'line') throw new Error(`no line: ${JSON.stringify(work)}`);
  return work.text;
}

const heard = (...how: Parameters<typeof written>): Record<string, unknown> => JSON.parse(lineOf(...how));

describe('a request of JSON-RPC', () => {
  const about = envelope('application/json-rpc');
  const request = (params: string, method = 'w.m') =>
    `{"id":1.0,"params":${params},"jsonrpc":"2.0","method":"${method}"}`;

  it.each([
    ['small', '[1,\n2]'],
    ['large', `["${'x'.repeat(70_000)}",\n2]`],
    ['made of very much', `[${'[],'.repeat(100_000)}\n2]`],
  ])('that is %s is told as it was written, in one line', (_, params) => {
    expect(lineOf(request(params), about)).toContain(`"body":${request(params).replace('\n', ' ')},"id":"the id"`);
  });

  it.each([
    ['is for another worker type', `[${request('[]')},${request('[]', 'v.m')}]`, /names several worker types/],
    ['is none', '{"id":1}', /no request of JSON-RPC 2.0/],
    ['is no JSON', `${request('[]')}}`, /not JSON/],
  ])('that %s is unreadable, whatever its size', (_, body, error) => {
    for (const text of [body, `${' '.repeat(70_000)}${body}`]) {
      const answered = { kind: 'answered', conclusion: { outcome: { kind: 'unreadable' } } };
      expect(written(text, about)).toMatchObject(answered);
      expect(JSON.stringify(written(text, about))).toMatch(error);
    }
  });

  it('that is compressed is unreadable', () => {
    const work = written(request('[]'), { ...about, properties: { contentEncoding: 'gzip' } });
    expect(JSON.stringify(work)).toContain('content_encoding');
  });
});

describe('a workitem', () => {
  it('is told with all that a handler gets to know, the job first and the body second', () => {
    const text = lineOf('{"a":1}', envelope('application/json', { headers: { 'x-own': 'kept', 'tq-run': 'r' } }));
    expect(text).toMatch(/^\{"job":7,"body":\{"a":1\},"/);
    expect(JSON.parse(text)).toEqual({
      job: 7,
      body: { a: 1 },
      id: 'the id',
      type: 'w',
      contentType: 'application/json',
      attempt: 2,
      instance: 'w#1',
      settings: { size: '100' },
      properties: { contentType: 'application/json', correlationId: 'c' },
      headers: { 'x-own': 'kept', 'tq-run': 'r' },
    });
  });

  it('in JSON keeps its digits, and comes in one line', () => {
    const text = lineOf('\ufeff{\r\n  "n": 12345678901234567890,\r\n  "f": 1.0 }');
    expect(text).toContain('"body":{    "n": 12345678901234567890,    "f": 1.0 },');
  });

  it('in text is a text, without the worker type where the dispatcher found it there', () => {
    expect(heard('w hello\n"you"', envelope('text/plain'))).toMatchObject({ body: 'w hello\n"you"' });
    const routed = envelope('text/plain', { headers: { 'tq-routed': 'w' } });
    expect(heard('w hello', routed)).toMatchObject({ body: 'hello' });
  });

  it('in a format of nobody’s, or of a plugin’s, is its bytes', () => {
    const one = heard(Buffer.from([0, 255]), envelope('image/png'));
    expect(one).toMatchObject({ bodyBase64: 'AP8=' });
    expect(one).not.toHaveProperty('body');
  });

  it('is its bytes, unread, for a program that wants it so', () => {
    expect(lineOf('no JSON', envelope(), { raw: true })).toMatch(/^\{"job":7,"bodyBase64":"bm8gSlNPTg=="/);
    expect(written('no JSON').kind).toBe('answered');
  });

  it('has headers in which bytes and numbers beyond all bounds are described', () => {
    const headers = { bytes: Buffer.from('hi'), much: Number.POSITIVE_INFINITY, list: [1, { deep: null }] };
    expect(heard('{}', envelope('application/json', { headers })).headers).toEqual({
      bytes: 'base64:aGk=',
      much: 'Infinity',
      list: [1, { deep: null }],
    });
  });
});

describe('what no program can do anything about is answered in its place', () => {
  it('a body that is not what it says', () => {
    expect(written('{', envelope())).toMatchObject({
      kind: 'answered',
      conclusion: { outcome: { kind: 'unreadable', error: expect.stringMatching(/^the body is not JSON/) } },
    });
    const packed = envelope('application/json', { properties: { contentEncoding: 'gzip' } });
    expect(written('{}', packed)).toMatchObject({ conclusion: { outcome: { kind: 'unreadable' } } });
  });

  it('a content type that it does not take: with the workitem, and the error in it', () => {
    const work = written('{"a":1}', envelope(), { accept: ['text/*', 'image/png'] });
    const { conclusion } = work as Extract<WorkLine, { kind: 'answered' }>;
    expect(conclusion.outcome).toEqual({
      kind: 'unsupported',
      failure: { error: 'worker does not support this type of workitem', trace: '' },
      contentType: 'application/json',
    });
    expect(JSON.parse(conclusion.body.toString())).toMatchObject({ a: 1, error: expect.stringContaining('support') });
    expect(written('{}', envelope(), { accept: ['application/x-ruote-workitem'] }).kind).toBe('line');
  });

  it('a content type that it does not take, of a workitem that leaves no room for the error: the error alone', () => {
    const work = written(JSON.stringify('x'.repeat(990)), envelope('application/json'), { accept: ['a/b'] });
    const { conclusion } = work as Extract<WorkLine, { kind: 'answered' }>;
    expect(JSON.parse(conclusion.body.toString())).toMatchObject({ error: expect.stringContaining('support') });
    expect(conclusion.body.length).toBeLessThan(1_000);
  });
});

describe('any workitem', () => {
  const contentType = fc.oneof(
    fc.constantFrom('application/json', 'text/plain', 'a/b', 'TEXT/PLAIN; x=y'),
    fc.string(),
  );
  const text = fc.string({ unit: 'binary' });
  const headers = fc.dictionary(text, fc.oneof(fc.jsonValue(), fc.uint8Array().map(Buffer.from), fc.double(), text));
  const body = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value, null, '\r\n'))),
  );

  it('becomes one line of JSON with its body in it, or an answer', () => {
    fc.assert(
      fc.property(contentType, headers, body, fc.boolean(), text, (type, table, bytes, raw, id) => {
        const work = written(bytes, envelope(type, { headers: table, id }), { raw });
        if (work.kind !== 'line') return;
        expect(work.text).not.toMatch(/[\r\n]/);
        const said = JSON.parse(work.text) as Record<string, unknown>;
        expect(said).toMatchObject({ job: 7, type: 'w' });
        if ('bodyBase64' in said) expect(Buffer.from(said.bodyBase64 as string, 'base64').equals(bytes)).toBe(true);
        else if (type === 'application/json') expect(said.body).toEqual(JSON.parse(bytes.toString()));
        else expect(said.body).toBe(bytes.toString('utf8'));
      }),
      { numRuns: 1000 },
    );
  });
});
