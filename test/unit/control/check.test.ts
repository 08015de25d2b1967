// The doors of control: whatever comes in, what comes out has the type that it claims, or nothing does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { questionRoute } from '../../../src/broker/topology.ts';
import type { Answer, PoolStatus, Whereabouts } from '../../../src/control/answer.ts';
import { checkAnswer } from '../../../src/control/check-answer.ts';
import { checkEventBatch } from '../../../src/control/check-events.ts';
import { checkQuestion } from '../../../src/control/check-question.ts';
import { encodedAnswer, encodedBatch } from '../../../src/control/encoded.ts';
import { LIMITS } from '../../../src/control/limits.ts';
import type { Posted } from '../../../src/control/provenance.ts';
import { TaskqueueError } from '../../../src/core/errors.ts';
import { aboutDaemon, batchOf } from './daemons.ts';
import { EVERY_EVENT } from './events.ts';

/** As it comes from somebody who may ask. */
function asked(text: Buffer, kind = 'status'): Posted {
  const said = /"kind":"(\w+)"/.exec(text.subarray(0, 200).toString())?.[1] ?? kind;
  return { ...questionRoute(said), message: { properties: { userId: 'op' }, headers: {}, body: text } };
}
const checkAsked = (text: Buffer): unknown => checkQuestion(asked(text));

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const ABOUT = aboutDaemon('one');
const JOB = { id: 'i', run: 'r', attempt: 1, startedAt: 1, progress: 0.5, note: 'n' };
const INSTANCE = { name: 't#1', pid: 1, phase: 'running', since: 1, problem: null, jobs: [JOB] };
const GROUP = {
  type: 't',
  group: null,
  user: null,
  resultsRoutingKey: 'results',
  wanted: 1,
  finished: 2,
  failed: 3,
  lastFailure: { at: 1, error: 'e' },
  instances: [INSTANCE],
};
const DAEMON = {
  pid: 1,
  release: '1',
  startedAt: 1,
  broker: 'b',
  problem: 'p',
  pauses: [{ type: 't', by: 'op', reason: '', since: 1, untilMs: null }],
};
const POOL: PoolStatus = { ...DAEMON, kind: 'workerpool', groups: [GROUP], postponed: 4 };
const AT = { id: 'i', run: 'r', type: 't', at: 1 };
const WHEREABOUTS: readonly Whereabouts[] = [
  { ...AT, state: 'running', instance: 't#1', pid: null, job: { ...JOB, progress: null } },
  { ...AT, state: 'waiting', instance: 't#1' },
  { ...AT, state: 'settling', instance: 't#1' },
  { ...AT, state: 'passing' },
  { ...AT, state: 'delayed', untilMs: 2, why: 'w', attempt: 2 },
  { ...AT, state: 'ended', status: 'failed', error: 'e' },
  { ...AT, state: 'parked', reason: 'r', error: 'e' },
  { ...AT, state: 'unroutable', queue: 'q' },
  { ...AT, state: 'routed', queue: 'q' },
  { ...AT, state: 'cancelled', by: 'op', reason: '' },
];
const ANSWERS: readonly Answer[] = [
  { ...ABOUT, kind: 'status', status: POOL },
  {
    ...ABOUT,
    kind: 'status',
    status: {
      ...DAEMON,
      kind: 'dispatcher',
      forwarded: 1,
      inFlight: 2,
      awaited: ['q'],
      queues: [{ queue: 'q', forwarded: 1 }],
    },
  },
  { ...ABOUT, kind: 'why', whereabouts: WHEREABOUTS },
  { ...ABOUT, kind: 'listening' },
  { ...ABOUT, kind: 'obeyed', done: 'd' },
];
const QUESTIONS = [
  { v: 1, operation: 'o', kind: 'status' },
  { v: 1, operation: 'o', kind: 'why', id: 'i' },
  { v: 1, operation: 'o', kind: 'listen', replyTo: null, forMs: 30_000 },
  { v: 1, operation: 'o', kind: 'listen', replyTo: 'mine', forMs: 30_000 },
] as const;

/** Some value somewhere inside is another, or is missing. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  const rubbish = fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 1 }), fc.constant('x'.repeat(70_000)));
  if (typeof value !== 'object' || value === null) return rubbish;
  const keys = Object.keys(value);
  if (keys.length === 0) return rubbish;
  return fc
    .constantFrom(...keys)
    .chain((key) =>
      fc
        .oneof(rubbish, damaged((value as Record<string, unknown>)[key]))
        .map((inner) => (Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner })),
    );
}

describe.each([
  ['answers', checkAnswer, ANSWERS],
  ['questions', checkAsked, QUESTIONS],
  ['batches of events', checkEventBatch, [batchOf([...EVERY_EVENT], 3)]],
] as const)('the door for %s', (_, check, good) => {
  it('lets in what is right, as it is', () => {
    for (const one of good) expect(check(body(one))).toEqual(one);
  });

  it('leaves behind what it does not know', () => {
    for (const one of good) expect(check(body({ ...one, more: 1 }))).toEqual(one);
  });

  it('lets in nothing else: what is damaged is refused, or is right all the same', () => {
    const any = fc.constantFrom(...good).chain((one) => damaged(one));
    fc.assert(
      fc.property(fc.oneof(any, fc.jsonValue()), (value) => {
        let checked: unknown;
        try {
          checked = check(body(value ?? null));
        } catch (err) {
          expect(err).toBeInstanceOf(TaskqueueError);
          return;
        }
        expect(check(body(checked))).toEqual(checked);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is no JSON, and what is too large', () => {
    expect(() => check(Buffer.from([0xff, 0xfe]))).toThrow(TaskqueueError);
    expect(() => check(Buffer.alloc(5 * 1024 * 1024, 0x20))).toThrow(/at most/);
  });
});

describe('a question counts only', () => {
  const [status, why] = QUESTIONS;
  const from = (more: Partial<Posted>): unknown => checkQuestion({ ...asked(body(status)), ...more });

  it('from somebody whose name the broker has verified', () => {
    const nameless = { properties: {}, headers: {}, body: body(status) };
    expect(() => from({ message: nameless })).toThrow(/it has no user_id/);
  });

  it('through the control exchange', () => {
    expect(() => from({ exchange: '', routingKey: 'taskqueue.control.x' })).toThrow(/came through the exchange/);
  });

  it('as the kind that its sender may ask', () => {
    expect(() => from({ message: { properties: { userId: 'op' }, headers: {}, body: body(why) } })).toThrow(
      /not through "taskqueue.control" with "ask.why"/,
    );
  });
});

it('a question may ask for no more than a minute of events', () => {
  expect(checkAsked(body({ ...QUESTIONS[2], forMs: 86_400_000 }))).toMatchObject({ forMs: 60_000 });
});

describe('what a daemon sends', () => {
  it('passes the door at the other end', () => {
    for (const one of ANSWERS) expect(checkAnswer(encodedAnswer(one))).toEqual(one);
    const batch = batchOf([...EVERY_EVENT]);
    expect(checkEventBatch(encodedBatch(batch))).toEqual(batch);
  });

  it('passes it with texts that are far too long', () => {
    const long = 'x'.repeat(100_000);
    const answer = checkAnswer(encodedAnswer({ ...ABOUT, kind: 'obeyed', done: long }));
    expect(answer).toMatchObject({ done: `${'x'.repeat(LIMITS.text - 1)}…` });
  });

  it('tells less of a pool that is too large for an answer, but never wrong numbers', () => {
    const answer: Answer = { ...ABOUT, kind: 'status', status: POOL };
    const whole = encodedAnswer(answer).length;
    const idle = { ...POOL, groups: [{ ...GROUP, instances: [{ ...INSTANCE, jobs: [] }] }] };
    const shorter = checkAnswer(encodedAnswer(answer, whole - 1));
    expect(shorter).toEqual({ ...answer, status: idle });
    const shortest = checkAnswer(encodedAnswer(answer, whole - 150));
    expect(shortest).toEqual({ ...answer, status: { ...POOL, groups: [{ ...GROUP, instances: [] }] } });
  });
});
