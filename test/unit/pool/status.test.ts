import { describe, expect, it } from 'vitest';
import type { AboutDaemon } from '../../../src/control/answer.ts';
import { inHandOf } from '../../../src/pool/in-hand.ts';
import { FRESH, type InstanceState } from '../../../src/pool/instance-state.ts';
import type { Job } from '../../../src/pool/job.ts';
import type { GroupPlan } from '../../../src/pool/plan.ts';
import { rosterOf } from '../../../src/pool/roster.ts';
import { poolStatus, type Watched } from '../../../src/pool/status.ts';
import { Tally } from '../../../src/pool/tally.ts';
import { event } from '../control/events.ts';
import { byName, groupConfig, job, NOW, plan, planFor } from './fixtures.ts';

const ABOUT: AboutDaemon = { pid: 1, release: '1', startedAt: 2, broker: 'b:5672', problem: null, pauses: [] };
const RUNNING: InstanceState = { ...FRESH, phase: { name: 'running' }, since: 5 };

const LAST = { at: 7, error: 'no luck' };

const watched = (name: string, of: GroupPlan, jobs: readonly Job[] = [], state = RUNNING): Watched => ({
  name,
  plan: of,
  pid: 77,
  state,
  jobs: new Map(jobs.map((one, number) => [number, one])),
});

describe('the status of a pool', () => {
  it('has a group for each of the plan, with its counts and its instances', () => {
    const one = plan(
      { user: 'build', resultsRoutingKey: 'out' },
      {
        group: groupConfig(
          { type: 'w', group: 'g', name: 'w_g', instances: 2 },
          { user: 'build', resultsRoutingKey: 'out' },
        ),
      },
    );
    const waiting: InstanceState = {
      ...FRESH,
      phase: { name: 'waiting', until: 9 },
      since: 6,
      problem: 'exited with code 1',
    };
    const status = poolStatus(ABOUT, {
      roster: rosterOf(byName([one, planFor('v')])),
      instances: [watched('w_g#1', one, [job()]), { ...watched('w_g#2', one, [], waiting), pid: undefined }],
      counts: new Map([['w_g', { finished: 3, failed: 1, lastFailure: LAST }]]),
      postponed: 4,
    });
    expect(status).toEqual({
      ...ABOUT,
      kind: 'workerpool',
      postponed: 4,
      groups: [
        {
          type: 'w',
          group: 'g',
          user: 'build',
          resultsRoutingKey: 'out',
          wanted: 2,
          finished: 3,
          failed: 1,
          lastFailure: LAST,
          instances: [
            {
              name: 'w_g#1',
              pid: 77,
              phase: 'running',
              since: 5,
              problem: null,
              jobs: [{ id: 'm', run: 'run', attempt: 1, startedAt: NOW, progress: null, note: '' }],
            },
            { name: 'w_g#2', pid: null, phase: 'waiting', since: 6, problem: 'exited with code 1', jobs: [] },
          ],
        },
        {
          type: 'v',
          group: null,
          user: null,
          resultsRoutingKey: 'results',
          wanted: 1,
          finished: 0,
          failed: 0,
          lastFailure: null,
          instances: [],
        },
      ],
    });
  });

  it('shows a group that the configuration has no longer, while it is still at work', () => {
    const status = poolStatus(ABOUT, {
      roster: rosterOf(byName([])),
      instances: [watched('w#1', planFor('w'), [job()])],
      counts: new Map(),
      postponed: 0,
    });
    expect(status.groups).toMatchObject([{ type: 'w', wanted: 0, instances: [{ name: 'w#1' }] }]);
  });

  it('shows a group as the configuration has it now, though its instances are still the old ones', () => {
    const old = planFor('w', 3, { resultsRoutingKey: 'old' });
    const status = poolStatus(ABOUT, {
      roster: rosterOf(byName([planFor('w', 1, { resultsRoutingKey: 'new' })])),
      instances: ['w#1', 'w#2', 'w#3'].map((name) => watched(name, old)),
      counts: new Map(),
      postponed: 0,
    });
    expect(status.groups).toMatchObject([{ resultsRoutingKey: 'new', wanted: 1 }]);
    expect(status.groups[0]?.instances).toHaveLength(3);
  });

  it('shows what a handler told last', () => {
    const told = job();
    told.progress = { fraction: 0.25, note: 'a quarter' };
    const one = planFor('w');
    const figures = { roster: rosterOf(byName([one])), counts: new Map(), postponed: 0 };
    const status = poolStatus(ABOUT, { ...figures, instances: [watched('w#1', one, [told])] });
    expect(status.groups[0]?.instances[0]?.jobs).toMatchObject([{ progress: 0.25, note: 'a quarter' }]);
  });
});

describe('the tally', () => {
  it('counts what each group has finished and failed, whichever of its instances did it', () => {
    const tally = new Tally();
    tally.sink(event('finished', { instance: 'w_g#1' }));
    tally.sink(event('finished', { instance: 'w_g#12' }));
    tally.sink(event('failed', { instance: 'w_g#1', at: 5, error: 'first' }));
    tally.sink(event('failed', { instance: 'w_g#2', at: 9, error: 'last' }));
    tally.sink(event('failed', { instance: 'w_g#1', at: 7, error: 'second' }));
    tally.sink(event('finished', { instance: 'w#1' }));
    tally.sink(event('started', { instance: 'w#1' }));
    tally.sink(event('expired'));
    expect(Object.fromEntries(tally.byGroup)).toEqual({
      w_g: { finished: 2, failed: 3, lastFailure: { at: 9, error: 'last' } },
      w: { finished: 1, failed: 0, lastFailure: null },
    });
  });
});

describe('what a pool has in hand', () => {
  const named = (id: string, run: string): Job => job({ properties: { messageId: id }, headers: { 'tq-run': run } });
  const bench = (working: readonly Job[], waiting: readonly Job[] = []) => ({
    working: new Map(working.map((one, number) => [number, one])),
    waiting,
  });

  it('is running, waiting for a place, or not settled yet', () => {
    const instances = [
      { name: 'w#1', pid: 7, bench: bench([named('a', 'r1')], [named('a', 'r2'), named('b', 'r3')]) },
      { name: 'w#2', pid: undefined, bench: bench([named('b', 'r4')]) },
    ];
    const ending = [named('a', 'r5')];
    expect(inHandOf('a', instances, ending)).toMatchObject([
      { id: 'a', run: 'r1', type: 'w', at: NOW, state: 'running', instance: 'w#1', pid: 7, job: { run: 'r1' } },
      { run: 'r2', state: 'waiting', instance: 'w#1' },
      { run: 'r5', state: 'settling', instance: 'w#1' },
    ]);
    expect(inHandOf('r4', instances, ending)).toMatchObject([{ id: 'b', state: 'running', pid: null }]);
    expect(inHandOf('c', instances, ending)).toEqual([]);
  });
});
