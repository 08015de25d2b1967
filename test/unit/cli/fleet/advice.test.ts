import { expect, it } from 'vitest';
import { adviceFor } from '../../../../src/cli/fleet/advice.ts';
import { dispatcher, fleet, group, instance, NOW, pool, queue, silentQueue } from './fleet.ts';

const PAUSE = { type: 'build', by: 'ada', reason: '', since: NOW, untilMs: null };

it('nothing is advised where all is well', () => {
  expect(adviceFor(fleet())).toEqual([]);
});

it.each([
  ['no daemon at all', { dispatchers: [], pools: [] }, /^no daemon answers/],
  ['no dispatcher', { dispatchers: [], queues: [queue('taskqueue', 3, 0)] }, /^no dispatcher runs/],
  [
    'a dispatcher that does not answer',
    { dispatchers: [] },
    /^no dispatcher answers, though somebody consumes taskqueue/,
  ],
  ['an upgrade half done', { pools: [pool('p1', { release: '2.0.0' })] }, /several releases run \(1\.0\.0, 2\.0\.0\)/],
  ['no pool manager', { pools: [] }, /^no pool manager runs/],
  ['a daemon with a problem', { pools: [pool('p1', { problem: 'access refused' })] }, /host-p1: access refused/],
  [
    'a backlog that nobody consumes',
    { queues: [queue('worker_build', 5, 0)] },
    /^5 in worker_build, and nobody consumes/,
  ],
  ['taskqueue without a consumer', { queues: [queue('taskqueue', 5, 0)] }, /^5 in taskqueue, and no dispatcher/],
  ['results that nobody reads', { queues: [queue('results', 100, 0)] }, /^100 results in results, and nobody reads/],
  ['parked ones', { queues: [queue('taskqueue.dead', 2, 0)] }, /^2 parked in taskqueue.dead/],
  [
    'a type without a plugin',
    { dispatchers: [dispatcher('d1', { awaited: ['worker_print'] })] },
    /^no plugin for print is installed on any host: its workitems wait/,
  ],
  [
    'several of them',
    { dispatchers: [dispatcher('d1', { awaited: ['worker_scan', 'worker_print'] })] },
    /^no plugin for print or scan is installed on any host: their workitems wait/,
  ],
  [
    'a queue that hangs',
    { queues: [silentQueue('worker_build'), silentQueue('results')] },
    /^the broker says nothing about worker_build, results: hung, .* See rabbitmqctl list_unresponsive_queues$/,
  ],
  [
    'those set aside',
    { queues: [queue('taskqueue.unroutable', 1, 0)] },
    /^1 in taskqueue.unroutable, waiting for a queue/,
  ],
])('%s is told, with what to do', (_, more, advice) => {
  expect(adviceFor(fleet(more))).toEqual([expect.stringMatching(advice)]);
});

it('a group whose processes do not run is named, with the reason', () => {
  const instances = [instance(), instance({ phase: 'waiting', problem: 'could not load its plugin: no disk' })];
  const groups = [group({ group: 'heavy', instances })];
  expect(adviceFor(fleet({ pools: [pool('p1', { groups })] }))).toEqual([
    expect.stringMatching(/^1 of 2 processes of build_heavy on host-p1 do not run: could not load its plugin: no disk/),
  ]);
});

it('a paused type is nobody’s mistake, nor are a few results', () => {
  const queues = [queue('worker_build', 5, 0), queue('results', 99, 0)];
  expect(adviceFor(fleet({ queues, pools: [pool('p1', { pauses: [PAUSE] })] }))).toEqual([]);
});

it('whether a dispatcher runs is left open where none answers, and nobody knows who consumes taskqueue', () => {
  const advice = adviceFor(fleet({ dispatchers: [], queues: [silentQueue('taskqueue')] }));
  expect(advice[0]).toBe('no dispatcher answers: start taskqueue-dispatcher on one host, where none runs');
});

it('of many queues that hang, five are named', () => {
  const queues = Array.from({ length: 8 }, (_, n) => silentQueue(`worker_${n}`));
  const named = 'worker_0, worker_1, worker_2, worker_3, worker_4 and 3 more queues:';
  expect(adviceFor(fleet({ queues }))).toEqual([expect.stringContaining(`the broker says nothing about ${named}`)]);
});
