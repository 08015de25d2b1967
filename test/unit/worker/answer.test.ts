import { describe, expect, it } from 'vitest';
import { answerOf, reportedAnswer } from '../../../src/worker/answer.ts';
import type { Codec } from '../../../src/workitem/codec.ts';
import type { WorkitemFormat } from '../../../src/workitem/format.ts';
import { builtInFormats } from '../../../src/workitem/registry.ts';
import { RuoteWorkitem, Workitem } from '../../../src/workitem/workitem.ts';

const FAILURE = { error: 'boom', trace: 'at x' };
const THREW = { kind: 'threw', failure: { mishap: 'threw', ...FAILURE } } as const;

describe('the answer to a finished workitem', () => {
  it.each([
    ['a plain value as JSON', { a: 1 }, 'application/json', '{"a":1}'],
    ['nothing as null', undefined, 'application/json', 'null'],
    ['a Buffer as it is', Buffer.from('raw'), 'application/octet-stream', 'raw'],
    ['bytes of another kind', new Uint8Array([65]), 'application/octet-stream', 'A'],
  ])('holds %s', (_what, result, contentType, body) => {
    const answer = answerOf({ kind: 'finished', result }, jsonWorkitem(), CODEC);
    expect(answer.outcome).toEqual({ kind: 'finished', contentType });
    expect(answer.body.toString()).toBe(body);
  });

  it('holds the workitem in its own format, with what the handler changed', () => {
    const workitem = jsonWorkitem();
    (workitem.body as { changed?: boolean }).changed = true;
    const answer = answerOf({ kind: 'finished', result: workitem }, workitem, CODEC);
    expect(answer.outcome).toEqual({ kind: 'finished', contentType: 'application/json' });
    expect(JSON.parse(answer.body.toString())).toEqual({ n: 1, changed: true });
  });

  it('takes a workitem of another copy of the SDK for a workitem', () => {
    const { id, workerType, contentType, properties, headers, rawBody } = jsonWorkitem();
    const foreign = { id, workerType, contentType, properties, headers, rawBody, body: { n: 2 } };
    expect(answerOf({ kind: 'finished', result: foreign }, jsonWorkitem(), CODEC).body.toString()).toBe('{"n":2}');
  });

  it.each([
    ['a BigInt', 1n, /BigInt/],
    ['a cycle', cycle(), /circular/],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('not me');
        },
      },
      /not me/,
    ],
    [
      'a content type that is no text',
      new Workitem({ ...jsonWorkitem(), contentType: 7 } as never, Buffer.from(''), 1),
      /./,
    ],
  ])('is a failure where the result cannot be written: %s', (_what, result, reason) => {
    const answer = answerOf({ kind: 'finished', result }, jsonWorkitem(), CODEC);
    expect(answer.outcome).toMatchObject({
      kind: 'threw',
      failure: { error: expect.stringMatching(/^the result cannot be written: /) },
      contentType: 'application/json',
    });
    expect((answer.outcome as { failure: { error: string } }).failure.error).toMatch(reason);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ n: 1, error: expect.any(String) });
  });

  it('is a failure without the body, and without another attempt, where the result is too large', () => {
    const answer = answerOf({ kind: 'finished', result: 'x'.repeat(1000) }, jsonWorkitem(), {
      ...CODEC,
      maxMessageSize: 200,
    });
    const error = 'result too large: 1002 bytes, max_message_size = 200';
    expect(answer.outcome).toEqual({
      kind: 'unsupported',
      failure: { error, trace: '' },
      contentType: 'application/json',
    });
    expect(JSON.parse(answer.body.toString())).toEqual({ error, trace: '' });
  });
});

describe('the answer to a failed workitem', () => {
  it('holds the workitem as the handler left it, with the error', () => {
    const workitem = jsonWorkitem();
    (workitem.body as { changed?: boolean }).changed = true;
    const { outcome, body } = answerOf(THREW, workitem, CODEC);
    expect(outcome).toEqual({ kind: 'threw', failure: FAILURE, contentType: 'application/json' });
    expect(JSON.parse(body.toString())).toEqual({ n: 1, changed: true, ...FAILURE });
  });

  it('holds the original where the handler left something that cannot be written', () => {
    const workitem = jsonWorkitem();
    workitem.body = { big: 1n };
    const { body } = answerOf(THREW, workitem, CODEC);
    expect(JSON.parse(body.toString())).toEqual({ n: 1, ...FAILURE });
  });

  it('holds the error alone where both together are too large', () => {
    const workitem = jsonWorkitem({ long: 'x'.repeat(500) });
    const { body } = answerOf(THREW, workitem, { ...CODEC, maxMessageSize: 400 });
    expect(JSON.parse(body.toString())).toEqual(FAILURE);
  });

  it('holds as much of the error as fits', () => {
    const failure = { mishap: 'threw', error: 'e'.repeat(4000), trace: '\u0001'.repeat(16_000) } as const;
    const codec = { ...CODEC, maxMessageSize: 300 };
    const { body } = answerOf({ kind: 'threw', failure }, jsonWorkitem(), codec);
    expect(body.length).toBeLessThanOrEqual(300);
    expect(JSON.parse(body.toString()).error).toMatch(/^eee/);
  });

  it('holds the error alone where the format of a plugin makes no bytes', () => {
    const broken = { decode: () => 1, encode: () => 'no Buffer', workerType: () => 'x', withError: () => 2 };
    const formats = new Map([['application/json', broken as unknown as WorkitemFormat]]);
    const codec = { ...CODEC, formats, types: { whenAbsent: '', map: {} } };
    const { body } = answerOf(THREW, jsonWorkitem(), codec);
    expect(JSON.parse(body.toString())).toEqual(FAILURE);
  });

  it('has no body where the plugin has reported it', () => {
    const { outcome, body } = reportedAnswer(THREW);
    expect(outcome).toEqual({ kind: 'threw', failure: FAILURE, contentType: null });
    expect(body.length).toBe(0);
  });
});

const CODEC: Codec = {
  formats: builtInFormats,
  types: { whenAbsent: 'application/json', map: { 'application/json': 'application/x-ruote-workitem' } },
  maxMessageSize: 100_000,
};

function jsonWorkitem(body: unknown = { n: 1 }): RuoteWorkitem {
  const rawBody = Buffer.from(JSON.stringify(body));
  const envelope = { id: '1', workerType: 'a', contentType: 'application/json', properties: {}, headers: {} };
  return new RuoteWorkitem(envelope, rawBody, body);
}

function cycle(): unknown {
  const round: { self?: unknown } = {};
  round.self = round;
  return round;
}
