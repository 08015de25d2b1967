import { describe, expect, it } from 'vitest';
import type { Evidence, Testimony } from '../../../../src/cli/why/evidence.ts';
import { conclude, holdsWithoutKept } from '../../../../src/cli/why/verdict.ts';
import { whyText } from '../../../../src/cli/why/why-text.ts';
import type { Whereabouts } from '../../../../src/control/answer.ts';
import { factsOf } from '../../../../src/parked/facts.ts';
import { parked, parkedResult } from '../../parked/parked.ts';
import { fleet, job, NOW, pool, queue, silentQueue } from '../fleet/fleet.ts';

const AT = { id: 'w', run: 'r', type: 'build', at: NOW - 60_000 };
const JOB = job({ id: 'w', run: 'r', startedAt: NOW - 45_000, attempt: 2, progress: 0.5, note: 'half' });
const RUNNING: Whereabouts = { ...AT, state: 'running', instance: 'build#1', pid: 7, job: JOB };
const ROUTED: Whereabouts = { ...AT, state: 'routed', queue: 'worker_build' };
const DELAYED: Whereabouts = { ...AT, state: 'delayed', untilMs: NOW + 120_000, why: 'not yet', attempt: 3 };
const FINISHED: Whereabouts = { ...AT, state: 'ended', status: 'finished', error: null };
const PARKED: Whereabouts = { ...AT, state: 'parked', reason: 'rejected', error: 'never' };
const CANCELLED: Whereabouts = {
  id: 'w',
  run: '',
  type: '',
  at: NOW - 5_000,
  state: 'cancelled',
  by: 'ada',
  reason: 'wrong file',
};
const FACTS = factsOf(
  parked({ id: 'w', run: 'r', type: 'build', reason: 'rejected', error: 'never', at: NOW - 30_000 }),
);
const RESULT = factsOf(parkedResult({ id: 'w', run: 'r', to: 'theirs', at: NOW - 30_000 }));

const says = (where: Whereabouts, daemon: Testimony['daemon'] = 'workerpool'): Testimony => ({
  host: 'h1',
  daemon,
  where,
});
const evidence = (more: Partial<Evidence>): Evidence => ({
  id: 'w',
  fleet: fleet({ queues: [queue('taskqueue', 0, 1), queue('worker_build', 120, 3), queue('worker_idle', 0, 1)] }),
  testimonies: [],
  parked: [],
  setAside: [],
  isWhole: true,
  refusal: null,
  ...more,
});
const linesFor = (more: Partial<Evidence>, daemons = 2): readonly string[] => {
  const all = evidence(more);
  const pauses = all.fleet.pools.flatMap(({ status }) => status.pauses);
  return whyText('w', conclude(all, NOW), { now: NOW, daemons, pauses });
};

describe('where a workitem is', () => {
  it.each<[string, Partial<Evidence>, RegExp]>([
    [
      'runs',
      { testimonies: [says(RUNNING)] },
      /^w runs on h1: build#1 \(pid 7\) has worked on it for 45s, attempt 2, 50 %, half$/,
    ],
    [
      'waits for its process',
      { testimonies: [says({ ...AT, state: 'waiting', instance: 'build#1' })] },
      /^w is on h1, taken from its queue: it waits for build#1 to have time$/,
    ],
    [
      'is being settled',
      { testimonies: [says({ ...AT, state: 'settling', instance: 'build#1' })] },
      /^w has just been handled on h1 by build#1/,
    ],
    [
      'is passed on',
      { testimonies: [says({ ...AT, state: 'passing' }, 'dispatcher')] },
      /^w is in the hands of the dispatcher on h1$/,
    ],
    [
      'is delayed',
      { testimonies: [says(DELAYED)] },
      /^w waits in the broker for 2m more, until 20\S+Z: not yet; then attempt 3$/,
    ],
    ['has ended', { testimonies: [says(FINISHED)] }, /^w ended 60s ago on h1: finished$/],
    [
      'has failed',
      { testimonies: [says({ ...AT, state: 'ended', status: 'failed', error: 'no luck' })] },
      /: failed: no luck$/,
    ],
    ['is parked', { parked: [FACTS] }, /^w is parked since 20\S+Z \(30s ago\): rejected: never$/],
    [
      'has a parked result',
      { parked: [RESULT], testimonies: [says(FINISHED)] },
      /^w has ended, and its result is parked since/,
    ],
    ['is set aside', { setAside: [FACTS] }, /^w is set aside since/],
    [
      'was parked',
      { testimonies: [says(PARKED)] },
      /^w was parked 60s ago \(rejected: never\), and is not there any more: sent again, or deleted$/,
    ],
    [
      'is in its queue',
      { testimonies: [says(ROUTED, 'dispatcher')] },
      /^w was put into worker_build 60s ago, and nobody has it in hand; waiting in worker_build: 120 messages, 3 consumers; or finished already/,
    ],
    [
      'is back from a delay',
      { testimonies: [says({ ...DELAYED, untilMs: NOW - 1 })] },
      /^w was delayed until \S+ \(not yet\), and nobody has it in hand; waiting in worker_build/,
    ],
    [
      'was moved on',
      { testimonies: [says({ ...AT, state: 'unroutable', queue: 'worker_idle' })] },
      /worker_idle is empty: finished already, where nobody remembers it, or a daemon that did not answer has it$/,
    ],
    [
      'has lost its queue',
      { testimonies: [says({ ...ROUTED, queue: 'worker_gone' })] },
      /there is no queue worker_gone any more/,
    ],
  ])('one that %s', (_, more, sentence) => {
    expect(linesFor(more)[0]).toMatch(sentence);
  });

  it('one of which nobody knows: exactly that, and what it can be', () => {
    expect(linesFor({})).toEqual([
      'w is nowhere that can be seen: none of the 2 daemons that answered has it, or remembers it, and it is neither parked nor set aside',
      'it can be:',
      '  waiting in worker_build: 120 messages, 3 consumers',
      '  waiting in a delay, or in a queue that no daemon speaks of',
      '  finished longer ago than daemons remember',
      '  never sent, or sent to another broker',
    ]);
    expect(linesFor({}, 0)[0]).toMatch(/: no daemon has answered, and/);
  });

  it('that it may be in a queue about which the broker says nothing', () => {
    const silent = fleet({ queues: [silentQueue('worker_build')] });
    const chance = 'waiting in worker_build, about which the broker says nothing';
    expect(linesFor({ fleet: silent })).toContain(`  ${chance}`);
    expect(linesFor({ fleet: silent, testimonies: [says(ROUTED, 'dispatcher')] })[0]).toContain(chance);
  });

  it('in hand counts more than kept, kept more than remembered, and the latest more than what was before', () => {
    const later: Whereabouts = { ...FINISHED, at: NOW - 1_000 };
    const stateOf = (more: Partial<Evidence>) => conclude(evidence(more), NOW).lives.map(({ verdict }) => verdict.kind);
    expect(stateOf({ testimonies: [says(ROUTED, 'dispatcher'), says(later), says(RUNNING)], parked: [FACTS] })).toEqual(
      ['running'],
    );
    expect(
      stateOf({
        testimonies: [says(PARKED), says({ ...AT, state: 'ended', status: 'failed', error: 'x' })],
        parked: [FACTS],
      }),
    ).toEqual(['parked']);
    expect(stateOf({ testimonies: [says(ROUTED, 'dispatcher'), says(later), says(DELAYED)] })).toEqual(['ended']);
    expect(stateOf({ testimonies: [says(later)], parked: [FACTS] })).toEqual(['ended']);
  });

  it('an id with several lives: what goes on first, then the latest, and the others below', () => {
    const again: Whereabouts = { ...RUNNING, run: 'r2' };
    const lines = linesFor({ testimonies: [says(FINISHED), says(again)], parked: [{ ...FACTS, run: 'r0' }] });
    expect(lines[0]).toMatch(/^w runs on h1/);
    expect(lines.slice(-3)).toEqual([
      'other lives of this id:',
      expect.stringMatching(/^ {2}run r0 is parked since/),
      expect.stringMatching(/^ {2}run r ended 60s ago/),
    ]);
  });

  it('that it was cancelled, by whom and why, as long as it has not ended', () => {
    const line = 'it was cancelled 5s ago by ada (wrong file): it ends as soon as anybody gets it';
    expect(linesFor({ testimonies: [says(ROUTED), says(CANCELLED)] })).toContain(line);
    expect(linesFor({ testimonies: [says(CANCELLED)] })).toContain(line);
    expect(linesFor({ testimonies: [says(FINISHED), says(CANCELLED)] })).not.toContain(line);
  });

  it('that its type is paused, while it waits for it', () => {
    const pause = { type: 'build', by: 'ada', reason: 'disk full', since: NOW, untilMs: null };
    const queues = [queue('worker_build', 1, 0)];
    const paused = fleet({ queues, pools: [pool('p1', { pauses: [pause] })] });
    const line = 'build is paused by ada (disk full): nothing of it begins';
    expect(linesFor({ fleet: paused, testimonies: [says(ROUTED)] })).toContain(line);
    expect(linesFor({ fleet: paused, testimonies: [says(RUNNING)] })).not.toContain(line);
  });

  it('that one which was cancelled ends only when its type is not paused any more, where it is still in the queue', () => {
    const pause = { type: 'build', by: 'ada', reason: '', since: NOW, untilMs: null };
    const paused = fleet({ queues: [queue('worker_build', 1, 0)], pools: [pool('p1', { pauses: [pause] })] });
    const late = expect.stringMatching(/^it was cancelled .*: nobody gets it while build is paused: it ends, .* over$/);
    const atOnce = expect.stringMatching(/^it was cancelled .*: it ends as soon as anybody gets it$/);
    expect(linesFor({ fleet: paused, testimonies: [says(ROUTED), says(CANCELLED)] })).toContainEqual(late);
    expect(linesFor({ fleet: paused, testimonies: [says(RUNNING), says(CANCELLED)] })).toContainEqual(atOnce);
    expect(linesFor({ testimonies: [says(ROUTED), says(CANCELLED)] })).toContainEqual(atOnce);
  });

  it('how to go on with one that is parked', () => {
    expect(linesFor({ parked: [FACTS] })).toContain(
      'see: taskqueue dead show r; to send it again: taskqueue dead requeue r',
    );
    const long = { ...FACTS, run: '0190b6c0-1111-7abc-8def-0123456789ab' };
    expect(linesFor({ parked: [long] })).toContainEqual(expect.stringMatching(/^see: taskqueue dead show 456789ab; /));
  });
});

it.each<[string, Whereabouts[], boolean]>([
  ['runs', [RUNNING], true],
  ['is delayed', [DELAYED], true],
  ['has ended', [FINISHED], true],
  ['was put into its queue', [ROUTED], true],
  ['was parked', [PARKED], false],
  ['was set aside', [{ ...AT, state: 'unroutable', queue: 'worker_build' }], false],
  ['is known to nobody', [], false],
])('that it %s can be said by who may not look at what is parked: %#', (_, said, expected) => {
  const testimonies = said.map((where) => says(where));
  expect(holdsWithoutKept(conclude(evidence({ testimonies }), NOW))).toBe(expected);
});
