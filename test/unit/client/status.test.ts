import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isFinal,
  queuedState,
  STATUS_NUMBERS,
  type Status,
  stateAfterEvent,
  stateAfterResult,
  type TaskState,
} from '../../../src/client/status.ts';
import type { WorkitemEvent } from '../../../src/events/event.ts';

type Tale = Partial<WorkitemEvent> & Pick<WorkitemEvent, 'kind'>;

function event(tale: Tale): WorkitemEvent {
  return { v: 1, at: 100, id: 'id', type: 'w', run: 'run', replyTo: 'mine', ...tale } as WorkitemEvent;
}

function stateWith(...tales: Tale[]): TaskState {
  return tales.map(event).reduce(stateAfterEvent, queuedState(50));
}

const STARTED = { kind: 'started', instance: 'w#1', attempt: 1 } as const;
const DELAYED = { kind: 'delayed', untilMs: 900, why: 'no paper' } as const;
const PARKED = { kind: 'parked', error: 'no', isReported: true } as const;
const RESULT = { status: 'FINISHED', at: 200, attempt: 2, instance: 'w#2', reason: '' } as const;

describe('the numbers', () => {
  it('are those of ZeroTask where it has the status: QUEUED, RUNNING, FINISHED and its ERROR', () => {
    expect(STATUS_NUMBERS).toMatchObject({ QUEUED: 1000, RUNNING: 5000, FINISHED: 7000, FAILED: 9000 });
  });

  it('tell an end from what comes before it, and success from the rest', () => {
    const final = (Object.keys(STATUS_NUMBERS) as Status[]).filter(isFinal);
    expect(final.sort()).toEqual(['CANCELLED', 'EXPIRED', 'FAILED', 'FINISHED', 'PARKED']);
    expect(new Set(Object.values(STATUS_NUMBERS)).size).toBe(8);
  });
});

describe('a task', () => {
  it('that is on its way anyhow is told nothing new by a dispatcher that passes it on', () => {
    const queued = stateWith();
    expect(stateAfterEvent(queued, event({ kind: 'routed', queue: 'worker_w' }))).toBe(queued);
  });

  it('is queued until somebody begins, whatever dispatchers do with it', () => {
    expect(stateWith()).toMatchObject({ status: 'QUEUED', number: 1000, attempt: 0, since: 50 });
    expect(stateWith({ kind: 'routed', queue: 'worker_w' })).toMatchObject({ status: 'QUEUED', isUnroutable: false });
    const unroutable = stateWith({ kind: 'unroutable', queue: 'worker_w' });
    expect(unroutable).toMatchObject({
      status: 'QUEUED',
      isUnroutable: true,
      reason: expect.stringContaining('worker_w'),
    });
    const routed = stateWith({ kind: 'unroutable', queue: 'worker_w' }, { kind: 'routed', queue: 'worker_w' });
    expect(routed).toMatchObject({ status: 'QUEUED', isUnroutable: false, reason: '' });
  });

  it('is queued while it waits for the time that its sender wants', () => {
    const waiting = stateWith({ ...DELAYED, attempt: 1, why: 'its sender wants it so' });
    expect(waiting).toMatchObject({ status: 'QUEUED', untilMs: 900, reason: 'its sender wants it so', attempt: 0 });
    expect(stateWith({ ...DELAYED, attempt: 1 }, STARTED)).toMatchObject({
      status: 'RUNNING',
      untilMs: null,
      reason: '',
    });
  });

  it('is running once it has started, and knows who has it and how far that is', () => {
    expect(stateWith(STARTED)).toMatchObject({ status: 'RUNNING', instance: 'w#1', attempt: 1, progress: null });
    const halfway = stateWith(STARTED, { kind: 'progress', fraction: 0.5, note: 'page 2' });
    expect(halfway).toMatchObject({ status: 'RUNNING', progress: 0.5, note: 'page 2' });
    expect(stateWith({ kind: 'progress', fraction: 0.5, note: '' })).toMatchObject({ status: 'RUNNING', attempt: 1 });
  });

  it('is retrying between two attempts, and begins the next without the progress of the last', () => {
    const waiting = stateWith(STARTED, { kind: 'progress', fraction: 0.5, note: '' }, { ...DELAYED, attempt: 2 });
    expect(waiting).toMatchObject({ status: 'RETRYING', reason: 'no paper', untilMs: 900, attempt: 1 });
    expect(stateAfterEvent(waiting, event({ ...STARTED, attempt: 2, at: 950 }))).toMatchObject({
      status: 'RUNNING',
      attempt: 2,
      progress: null,
    });
  });

  it('is retrying also where nobody told that it had started', () => {
    expect(stateWith({ ...DELAYED, attempt: 3 })).toMatchObject({ status: 'RETRYING', attempt: 2 });
  });

  it('that is handed back is queued, or will be tried again', () => {
    const queued = { kind: 'queued', queue: 'worker_w', why: 'handed back' } as const;
    expect(stateWith(queued)).toMatchObject({ status: 'QUEUED', reason: 'handed back' });
    expect(stateWith(STARTED, queued)).toMatchObject({ status: 'RETRYING' });
  });

  it('does not go back for news that is late', () => {
    expect(stateWith({ ...STARTED, at: 200 }, { kind: 'routed', queue: 'q', at: 90 }).status).toBe('RUNNING');
    expect(stateWith({ ...STARTED, at: 200 }, { kind: 'unroutable', queue: 'q', at: 90 })).toMatchObject({
      reason: '',
    });
    expect(stateWith({ ...STARTED, at: 200 }, { ...DELAYED, attempt: 2, at: 150 }).status).toBe('RUNNING');
    expect(
      stateWith({ ...DELAYED, attempt: 2, at: 200 }, { kind: 'progress', fraction: 1, note: '', at: 150 }).status,
    ).toBe('RETRYING');
  });
});

describe('the end', () => {
  it.each<[Tale, Partial<TaskState>]>([
    [
      { kind: 'finished', instance: 'w#3', tookMs: 5 },
      { status: 'FINISHED', instance: 'w#3' },
    ],
    [
      { kind: 'failed', instance: 'w#3', error: 'oh' },
      { status: 'FAILED', reason: 'oh' },
    ],
    [{ kind: 'expired' }, { status: 'EXPIRED' }],
    [
      { kind: 'cancelled', error: 'cancelled by ada' },
      { status: 'CANCELLED', reason: 'cancelled by ada' },
    ],
    [
      { ...PARKED, reason: 'rejected' },
      { status: 'PARKED', reason: 'no' },
    ],
  ])('comes with the event %o', (tale, expected) => {
    const ended = stateWith(STARTED, tale);
    expect(ended).toMatchObject(expected);
    expect(stateAfterEvent(ended, event({ ...STARTED, at: 999 }))).toBe(ended);
    expect(stateAfterResult(ended, RESULT)).toBe(ended);
  });

  it.each(['failed', 'crashed'])('is a failure, not parking, where what %s is also kept', (reason) => {
    expect(stateWith(STARTED, { ...PARKED, reason })).toMatchObject({ status: 'RUNNING' });
  });

  it('comes with the result, which may overtake all news', () => {
    const ended = stateAfterResult(stateWith(), RESULT);
    expect(ended).toMatchObject({ status: 'FINISHED', number: 7000, since: 200, attempt: 2, instance: 'w#2' });
    expect(stateAfterEvent(ended, event(STARTED))).toBe(ended);
    const bare = { status: 'FAILED', at: null, attempt: null, instance: null, reason: 'oh' } as const;
    expect(stateAfterResult(stateWith(STARTED), bare)).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      instance: 'w#1',
      reason: 'oh',
    });
  });

  it('is not reached by what a younger daemon tells', () => {
    const odd = { ...event(STARTED), kind: 'teleported' } as unknown as WorkitemEvent;
    expect(stateAfterEvent(stateWith(STARTED), odd)).toEqual(stateWith(STARTED));
  });
});

describe('whatever is told, in whatever order,', () => {
  const at = fc.integer({ min: 0, max: 1000 });
  const attempt = fc.integer({ min: 1, max: 5 });
  const tale = fc.oneof<fc.Arbitrary<Tale>[]>(
    fc.record({ kind: fc.constantFrom('routed', 'unroutable'), queue: fc.constant('q'), at }),
    fc.record({ kind: fc.constant('queued'), queue: fc.constant('q'), why: fc.constant('why'), at }),
    fc.record({ kind: fc.constant('started'), instance: fc.constant('w#1'), attempt, at }),
    fc.record({ kind: fc.constant('progress'), fraction: fc.double({ min: 0, max: 1 }), note: fc.constant(''), at }),
    fc.record({ kind: fc.constant('delayed'), untilMs: at, why: fc.constant('why'), attempt, at }),
    fc.record({ kind: fc.constant('finished'), instance: fc.constant('w#1'), tookMs: at, at }),
    fc.record({
      kind: fc.constantFrom('failed', 'cancelled'),
      error: fc.constant('oh'),
      instance: fc.constant(''),
      at,
    }),
    fc.record({
      kind: fc.constant('parked'),
      reason: fc.constantFrom('failed', 'rejected'),
      error: fc.constant('no'),
      at,
    }),
  );

  it('an end is the end, the number is that of the status, and what runs is waiting for nothing', () => {
    fc.assert(
      fc.property(fc.array(tale, { maxLength: 12 }), (tales) => {
        let state = queuedState(50);
        for (const one of tales) {
          const next = stateAfterEvent(state, event(one));
          if (isFinal(state.status)) expect(next).toBe(state);
          expect(next.number).toBe(STATUS_NUMBERS[next.status]);
          if (next.status === 'RUNNING') expect(next).toMatchObject({ untilMs: null, isUnroutable: false });
          if (next.status === 'RUNNING' || next.status === 'RETRYING') expect(next.attempt).toBeGreaterThan(0);
          expect(isFinal(stateAfterResult(next, RESULT).status)).toBe(true);
          state = next;
        }
      }),
    );
  });
});
