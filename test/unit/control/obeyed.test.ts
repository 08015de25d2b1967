import { expect, it } from 'vitest';
import type { DispatcherStatus, GroupStatus, PoolStatus, Whereabouts } from '../../../src/control/answer.ts';
import { doneAbout, type Knowledge } from '../../../src/control/obeyed.ts';
import type { Order } from '../../../src/control/order.ts';

const AT = { id: 'w', run: 'r', type: 't', at: 1 };
const JOB = { id: 'w', run: 'r', attempt: 1, startedAt: 1, progress: null, note: '' };
const ORDER = { v: 1, operation: 'o', at: 1, reason: '' } as const;
const CANCEL = { ...ORDER, kind: 'cancel', id: 'w' } as const;
const PAUSE = { ...ORDER, kind: 'pause', type: 't', untilMs: null } as const;
const DAEMON = { pid: 1, release: '1', startedAt: 1, broker: 'b', problem: null, pauses: [] };
const DISPATCHER = { ...DAEMON, kind: 'dispatcher', forwarded: 0, inFlight: 0, awaited: [], queues: [] } as const;
const ORDERED: Whereabouts = { ...AT, state: 'cancelled', by: 'op', reason: '' };
const CASES: readonly (readonly [Whereabouts, string])[] = [
  [{ ...AT, state: 'running', instance: 't#1', pid: 1, job: JOB }, 't#1 works on it, and is told to stop'],
  [{ ...AT, state: 'waiting', instance: 't#1' }, 'it is here, and does not begin'],
  [{ ...AT, state: 'passing' }, 'it is here, and does not begin'],
  [{ ...AT, state: 'settling', instance: 't#1' }, 'it has just been handled: too late'],
  [{ ...AT, state: 'routed', queue: 'q' }, 'it has gone to its worker queue: a pool ends it'],
  [{ ...AT, state: 'delayed', untilMs: 0, why: '', attempt: 2 }, 'it is delayed, and ends when that is over'],
  [{ ...AT, state: 'unroutable', queue: 'q' }, 'it is set aside, and ends when it is looked at next'],
  [{ ...AT, state: 'ended', status: 'finished', error: null }, 'it had ended before: finished'],
  [{ ...AT, state: 'ended', status: 'cancelled', error: 'e' }, 'it has ended: cancelled'],
  [{ ...AT, state: 'parked', reason: 'failed', error: 'e' }, 'it is parked: only an operator would start it again'],
];

/** What is not given must not be asked for: it would cost the daemon its time. */
function knowing(known: { status?: DispatcherStatus | PoolStatus; whereabouts?: readonly Whereabouts[] }): Knowledge {
  function given<T>(value: T | undefined): T {
    if (value === undefined) throw new Error('nobody needs to know this');
    return value;
  }
  return { status: () => given(known.status), whereabouts: () => given(known.whereabouts) };
}

function poolWith(...types: readonly string[]): PoolStatus {
  const group = (type: string): GroupStatus => ({
    type,
    group: null,
    user: null,
    resultsRoutingKey: '',
    wanted: 1,
    finished: 0,
    failed: 0,
    lastFailure: null,
    instances: [{ name: `${type}#1`, pid: 1, phase: 'running', since: 1, problem: null, jobs: [] }],
  });
  return { ...DAEMON, kind: 'workerpool', groups: types.map(group), postponed: 0 };
}

it.each(CASES)('a cancel of one that is %o is answered: %s', (where, text) => {
  expect(doneAbout(CANCEL, knowing({ whereabouts: [where, ORDERED] }))).toBe(text);
});

it('a cancel of one that nobody here knows is noted', () => {
  expect(doneAbout(CANCEL, knowing({ whereabouts: [ORDERED] }))).toBe('noted: it is not here, or waits in a queue');
});

it('a pause and its end are answered with how many instances that concerns', () => {
  const resume = { ...ORDER, kind: 'resume', type: 'v' } as const;
  const about = (order: Order, status: DispatcherStatus | PoolStatus): string => doneAbout(order, knowing({ status }));
  expect(about(PAUSE, poolWith('t', 'v', 't'))).toBe('nothing begins in 2 instances');
  expect(about(resume, poolWith('t', 'v'))).toBe('work goes on in 1 instance');
  expect(about(PAUSE, poolWith('v'))).toBe('noted: no instance of this type is here');
  expect(about(PAUSE, DISPATCHER)).toBe('noted: a dispatcher only passes on what it gets');
});

it('a mark is noted, and nothing looked up for it', () => {
  expect(doneAbout({ ...ORDER, kind: 'mark' }, knowing({}))).toBe('noted');
});
