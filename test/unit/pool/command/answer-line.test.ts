import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskqueueError } from '../../../../src/core/errors.ts';
import { type Answer, readLine, type Said } from '../../../../src/pool/command/answer-line.ts';

const read = (line: unknown): Said => readLine(Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)));

function resultOf(line: unknown): { readonly contentType: string; readonly text: string } {
  const { result } = read(line) as Extract<Answer, { kind: 'finished' }>;
  return { contentType: result.contentType, text: result.body.toString('utf8') };
}

function refusalOf(line: string | Buffer): string {
  try {
    return `nothing wrong: ${JSON.stringify(readLine(Buffer.from(line as string)))}`;
  } catch (err) {
    expect(err).toBeInstanceOf(TaskqueueError);
    expect(err).toMatchObject({ code: 'PROTOCOL' });
    return (err as Error).message;
  }
}

describe('a line of a program', () => {
  it('says that it is ready', () => {
    expect(read({ ready: true })).toEqual({ kind: 'ready' });
  });

  it('brings a result: JSON as it is written, a text, or bytes, of the usual content type or another', () => {
    expect(resultOf('{"job":1, "result": {"n": 12345678901234567890, "f": 1.0} }')).toEqual({
      contentType: 'application/json',
      text: '{"n": 12345678901234567890, "f": 1.0}',
    });
    expect(resultOf({ job: 1, result: null })).toEqual({ contentType: 'application/json', text: 'null' });
    expect(resultOf({ job: 1, resultText: 'größer' })).toEqual({ contentType: 'text/plain', text: 'größer' });
    expect(resultOf({ job: 1, resultBase64: 'aGk=' })).toEqual({ contentType: 'application/octet-stream', text: 'hi' });
    expect(resultOf({ job: 1, resultText: 'a,b', contentType: 'text/csv' }).contentType).toBe('text/csv');
  });

  it('tells what else became of a workitem, and how far it is', () => {
    expect(read({ job: 2, error: 'no', trace: 'line 1' })).toEqual({
      kind: 'threw',
      job: 2,
      failure: { error: 'no', trace: 'line 1' },
    });
    expect(read({ job: 2, retryLater: 60_000, reason: 'busy' })).toEqual({
      kind: 'retryLater',
      job: 2,
      delayMs: 60_000,
      error: 'busy',
    });
    expect(read({ job: 2, reject: 'never' })).toEqual({ kind: 'rejected', job: 2, error: 'never' });
    expect(read({ job: 2, progress: 0.5 })).toEqual({ kind: 'progress', job: 2, fraction: 0.5, note: '' });
  });

  it('may name what it does not say, with null', () => {
    expect(read({ job: 1, result: 5, error: null, trace: null, reject: null })).toMatchObject({ kind: 'finished' });
    expect(read({ job: 1, result: null, error: 'no', trace: null })).toMatchObject({ kind: 'threw' });
  });

  it('is bounded where it tells of an error', () => {
    const said = read({ job: 1, error: 'é'.repeat(100_000), trace: 't'.repeat(100_000) });
    const { failure } = said as Extract<Answer, { kind: 'threw' }>;
    expect(Buffer.byteLength(failure.error)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(failure.trace)).toBeLessThanOrEqual(16_384);
  });
});

describe('a line that breaks the protocol', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['is no JSON', 'Traceback (most recent call last):', /is not JSON: .*"Traceback \(most recent call last\):"/],
    ['is not UTF-8', Buffer.from('{"job":1,"resultText":"\xff"}', 'latin1'), /is not UTF-8/],
    ['is no object', '[1]', /no JSON object: "\[1\]"/],
    ['is nested without end', `{"job":1,"result":${'['.repeat(1000)}${']'.repeat(1000)}}`, /nested deeper than 500/],
    [
      'says more than there is to say',
      JSON.stringify(Array(65).fill(1)).replace(/1/g, '"a":1').replace('[', '{').replace(']', '}'),
      /more than 64 members/,
    ],
    ['names a job put together', '{"job":[[],[]],"result":1}', /job = \[object\]: a whole number/],
    ['says nothing', '{"job":1,"resutl":1}', /says none of ready, result,/],
    ['says two things', '{"job":1,"result":1,"error":"no"}', /both "result" and "error"/],
    ['names no job', '{"result":1}', /job = undefined: a whole number/],
    ['names a job that is none', '{"job":"1","result":1}', /job = "1": a whole number/],
    ['has a job of no size', '{"job":1e300,"result":1}', /a whole number/],
    ['is ready for something', '{"ready":1}', /ready = 1: true is wanted/],
    ['has a text that is none', '{"job":1,"resultText":5}', /resultText = 5: a text/],
    ['has base64 that is none', '{"job":1,"resultBase64":"a b"}', /resultBase64 = "a b": base64/],
    ['has a content type of two lines', '{"job":1,"result":1,"contentType":"a\\nb"}', /a content type is wanted/],
    ['has a content type without end', `{"job":1,"result":1,"contentType":"${'a'.repeat(256)}"}`, /at most 255/],
    ['has an error that is none', '{"job":1,"error":{"message":"x"}}', /error = \[object\]: a text/],
    ['wants to be asked before now', '{"job":1,"retryLater":-1}', /a number that is not negative/],
    ['is nowhere', '{"job":1,"progress":1e999}', /a finite number/],
    ['tells its progress at length', `{"job":1,"progress":0.1,"note":"${'x'.repeat(10_000)}"}`, /at great length/],
  ])('%s', (_what, line, sentence) => {
    expect(refusalOf(line)).toMatch(sentence);
  });

  it('is quoted only in part, and without anything that acts on a terminal', () => {
    expect(refusalOf(`\x1b[2J${'x'.repeat(10_000)}`)).toMatch(/"\\x1b\[2Jx{20,80}…"$/);
  });
});

describe('any line at all', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one));
  const keys = ['job', 'ready', 'result', 'resultText', 'resultBase64', 'contentType', 'error', 'trace'].concat([
    'retryLater',
    'reason',
    'reject',
    'progress',
    'note',
    '__proto__',
  ]);
  const odd = fc.oneof(fc.jsonValue(), fc.nat(), fc.string(), fc.constant(null));
  const objects = fc.dictionary(fc.constantFrom(...keys), odd).map((one) => Buffer.from(JSON.stringify(one)));

  it('is understood or refused, and what is understood is of the right kind', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, objects), (line) => {
        let said: Said;
        try {
          said = readLine(line);
        } catch (err) {
          expect(err).toMatchObject({ code: 'PROTOCOL' });
          return;
        }
        if (said.kind === 'ready') return;
        expect(Number.isSafeInteger(said.job) && said.job >= 0).toBe(true);
        if (said.kind === 'finished') expect(said.result.contentType).toMatch(/^[\x20-\x7e]{1,255}$/);
        if (said.kind === 'progress') expect(Number.isFinite(said.fraction)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('that is an answer comes through whole, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.jsonValue(),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array(),
        (job, json, text, raw) => {
          expect(JSON.parse(resultOf({ job, result: json }).text)).toEqual(JSON.parse(JSON.stringify(json)));
          expect(resultOf({ job, resultText: text }).text).toBe(text);
          const bytesIn = read({ job, resultBase64: Buffer.from(raw).toString('base64') }) as {
            result: { body: Buffer };
          };
          expect(bytesIn.result.body.equals(raw)).toBe(true);
        },
      ),
    );
  });
});
