import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFromFormatReader, checkFromWorker, TEXT_LIMITS } from '../../../src/child/check-head.ts';
import type { FromFormatReader, FromWorker } from '../../../src/child/protocol.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';

const failure = { error: 'no disk', trace: 'at build.js:3' };

const FROM_WORKER: readonly FromWorker[] = [
  { kind: 'hello', version: 1, release: '0.1.0' },
  { kind: 'ready' },
  { kind: 'unloadable', failure },
  { kind: 'outcome', job: 1, outcome: { kind: 'finished', contentType: 'application/json' } },
  { kind: 'outcome', job: 2, outcome: { kind: 'finished', contentType: null } },
  { kind: 'outcome', job: 3, outcome: { kind: 'threw', failure, contentType: null } },
  { kind: 'outcome', job: 4, outcome: { kind: 'unsupported', failure, contentType: 'text/plain' } },
  { kind: 'outcome', job: 5, outcome: { kind: 'unreadable', error: 'no JSON' } },
  { kind: 'outcome', job: 6, outcome: { kind: 'retryLater', delayMs: 1000.5, error: 'busy' } },
  { kind: 'outcome', job: 7, outcome: { kind: 'rejected', error: 'never' } },
  { kind: 'outcome', job: 8, outcome: { kind: 'partly', failure, contentType: 'application/json-rpc' } },
  {
    kind: 'publish',
    job: 1,
    call: 0,
    target: { exchange: '', routingKey: 'elsewhere' },
    status: 'finished',
    properties: { contentType: 'text/plain', priority: 3 },
    headers: { key: Buffer.from([0, 255]), list: [1, { deep: null }] },
  },
  { kind: 'publish', job: 1, call: 1, target: null, status: 'failed', properties: {}, headers: {} },
  { kind: 'progress', job: 1, fraction: 0.5, note: 'half' },
  { kind: 'log', job: null, level: 'info', message: 'hi', fields: { a: 1 } },
];

const FROM_FORMAT_READER: readonly FromFormatReader[] = [
  { kind: 'hello', version: 1, release: '0.1.0' },
  { kind: 'ready' },
  { kind: 'routed', job: 1, type: 'builder' },
  { kind: 'unreadable', job: 1, error: 'odd' },
];

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'accepted';
  } catch (err) {
    return err instanceof TaskqueueError ? err.code : `threw ${String(err)}`;
  }
};

/** The head with the value at one place replaced, for every place in it. */
function spoiled(head: object, by: unknown): object[] {
  return Object.entries(head).flatMap(([key, value]) => [
    { ...head, [key]: by },
    ...(typeof value === 'object' && value !== null && !Array.isArray(value) && !OPEN_TABLES.includes(key)
      ? spoiled(value, by).map((inner) => ({ ...head, [key]: inner }))
      : []),
  ]);
}
/** May hold anything. */
const OPEN_TABLES = ['headers', 'fields'];

describe('heads from a worker', () => {
  it.each(FROM_WORKER.map((head) => [JSON.stringify(head), head] as const))('takes %s as it is', (_text, head) => {
    expect(checkFromWorker(head, 0)).toEqual(head);
  });

  it.each(FROM_WORKER.map((head) => [JSON.stringify(head), head] as const))(
    'refuses %s with any field of a type that it never has',
    (_text, head) => {
      for (const bad of [true, Symbol.iterator, Number.NaN, Infinity]) {
        for (const wrong of spoiled(head, bad)) {
          expect({ wrong, code: codeOf(() => checkFromWorker(wrong, 0)) }).toEqual({ wrong, code: 'PROTOCOL' });
        }
      }
    },
  );

  it('refuses unknown kinds, names of inherited properties included', () => {
    for (const kind of ['', 'work', 'constructor', '__proto__', 'toString', 7, null, undefined]) {
      expect(codeOf(() => checkFromWorker({ kind }, 0))).toBe('PROTOCOL');
      expect(codeOf(() => checkFromWorker({ kind: 'outcome', job: 1, outcome: { kind } }, 0))).toBe('PROTOCOL');
    }
  });

  it('either takes a value or throws PROTOCOL, whatever the value is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(...FROM_WORKER), (value, head) => {
        expect(['accepted', 'PROTOCOL']).toContain(codeOf(() => checkFromWorker(value, 0)));
        for (const mixed of spoiled(head, value)) {
          expect(['accepted', 'PROTOCOL']).toContain(codeOf(() => checkFromWorker(mixed, 0)));
        }
      }),
    );
  });

  it('leaves unknown fields and properties behind', () => {
    expect(checkFromWorker({ kind: 'ready', more: 1 }, 0)).toEqual({ kind: 'ready' });
    const publish = { ...FROM_WORKER.find((head) => head.kind === 'publish'), properties: { persistent: true } };
    expect(checkFromWorker(publish, 0)).toMatchObject({ properties: {} });
  });

  it('cuts long texts that people read, and refuses long names', () => {
    const long = 'x'.repeat(100_000);
    const cut = checkFromWorker({ kind: 'unloadable', failure: { error: long, trace: long } }, 0);
    expect(cut).toMatchObject({ kind: 'unloadable' });
    if (cut.kind === 'unloadable') {
      expect(cut.failure.error).toHaveLength(TEXT_LIMITS.error);
      expect(cut.failure.trace).toHaveLength(TEXT_LIMITS.trace);
    }
    expect(codeOf(() => checkFromWorker({ kind: 'hello', version: 1, release: long }, 0))).toBe('PROTOCOL');
  });

  it('refuses headers that are nested too deep to be walked, or hold infinite numbers', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = { deep };
    const publish = FROM_WORKER.find((head) => head.kind === 'publish');
    expect(codeOf(() => checkFromWorker({ ...publish, headers: { deep } }, 0))).toBe('PROTOCOL');
    expect(codeOf(() => checkFromWorker({ ...publish, headers: JSON.parse('{"a":1e999}') }, 0))).toBe('PROTOCOL');
  });

  it('refuses a body where none belongs', () => {
    const withBody = FROM_WORKER.filter((head) => codeOf(() => checkFromWorker(head, 1)) === 'accepted');
    expect(withBody).toEqual(
      FROM_WORKER.filter(
        (head) =>
          head.kind === 'publish' ||
          (head.kind === 'outcome' && 'contentType' in head.outcome && head.outcome.contentType !== null),
      ),
    );
  });
});

describe('heads from the reader of formats', () => {
  it.each(FROM_FORMAT_READER.map((head) => [JSON.stringify(head), head] as const))('takes %s as it is', (_t, head) => {
    expect(checkFromFormatReader(head, 0)).toEqual(head);
    expect(codeOf(() => checkFromFormatReader(head, 1))).toBe('PROTOCOL');
  });

  it('refuses what only a worker may say', () => {
    expect(codeOf(() => checkFromFormatReader({ kind: 'outcome', job: 1, outcome: {} }, 0))).toBe('PROTOCOL');
  });
});
