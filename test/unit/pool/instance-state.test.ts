// The life of an instance, every cell of the table: five phases, six events.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Deadlines,
  FRESH,
  type InstanceEffect,
  type InstanceEvent,
  type InstanceState,
  nextState,
  type Phase,
} from '../../../src/pool/instance-state.ts';

const NOW = 1_000_000;
const DEADLINES: Deadlines = { startTimeoutMs: 30_000, stopTimeoutMs: 60_000, killTimeoutMs: 10_000 };
const STATES = {
  'waiting, too early': { name: 'waiting', until: NOW + 500 },
  'waiting, due': { name: 'waiting', until: NOW },
  starting: { name: 'starting' },
  running: { name: 'running' },
  'stopping, not told': { name: 'stopping', isTold: false },
  'stopping, told': { name: 'stopping', isTold: true },
  gone: { name: 'gone' },
} as const satisfies Record<string, Phase>;
const EVENTS: Record<InstanceEvent['kind'], InstanceEvent> = {
  timer: { kind: 'timer' },
  ready: { kind: 'ready' },
  ended: { kind: 'ended', how: 'exited with code 1' },
  stop: { kind: 'stop' },
  idle: { kind: 'idle' },
  kill: { kind: 'kill' },
};
const timer = (afterMs: number): InstanceEffect => ({ kind: 'timer', afterMs });
const KILL: InstanceEffect = { kind: 'kill', why: 'is being stopped' };
const LATE: InstanceEffect = { kind: 'kill', why: 'was not ready within start_timeout' };
const DIED: InstanceEffect = { kind: 'died', how: 'exited with code 1', restartInMs: 0, isFailing: false };
const [RELEASE, GONE]: InstanceEffect[][] = [[{ kind: 'release' }], [{ kind: 'noTimer' }, { kind: 'gone' }]];

type Cell = readonly [next: Phase | 'same', ...effects: InstanceEffect[]];
const SAME: Cell = ['same'];
const toGone: Cell = [{ name: 'gone' }, ...(GONE as InstanceEffect[])];
const told: Phase = { name: 'stopping', isTold: true };
const restart: Cell = [{ name: 'waiting', until: NOW }, DIED, timer(0)];

const TABLE: Record<keyof typeof STATES, Record<InstanceEvent['kind'], Cell>> = {
  'waiting, too early': {
    timer: ['same', timer(500)],
    ready: SAME,
    ended: SAME,
    stop: toGone,
    idle: SAME,
    kill: toGone,
  },
  'waiting, due': {
    timer: [{ name: 'starting' }, { kind: 'spawn' }, timer(30_000)],
    ready: SAME,
    ended: SAME,
    stop: toGone,
    idle: SAME,
    kill: toGone,
  },
  starting: {
    timer: ['same', LATE, timer(30_000)],
    ready: [{ name: 'running' }, { kind: 'noTimer' }, { kind: 'consume' }],
    ended: restart,
    stop: [told, KILL, timer(10_000)],
    idle: SAME,
    kill: [told, KILL, timer(10_000)],
  },
  running: {
    timer: SAME,
    ready: SAME,
    ended: restart,
    stop: [{ name: 'stopping', isTold: false }, ...(RELEASE as InstanceEffect[]), timer(60_000)],
    idle: SAME,
    kill: [told, ...(RELEASE as InstanceEffect[]), KILL],
  },
  'stopping, not told': {
    timer: [told, KILL],
    ready: SAME,
    ended: toGone,
    stop: SAME,
    idle: [told, { kind: 'tellStop' }, timer(10_000)],
    kill: [told, KILL],
  },
  'stopping, told': { timer: [told, KILL], ready: SAME, ended: toGone, stop: SAME, idle: SAME, kill: [told, KILL] },
  gone: { timer: SAME, ready: SAME, ended: SAME, stop: SAME, idle: SAME, kill: SAME },
};

describe.each(Object.keys(STATES) as (keyof typeof STATES)[])('%s', (name) => {
  const state: InstanceState = { ...FRESH, phase: STATES[name] };
  it.each(Object.keys(EVENTS) as InstanceEvent['kind'][])('at %s', (event) => {
    const [phase, ...effects] = TABLE[name][event];
    const [next, done] = nextState(state, EVENTS[event], NOW, DEADLINES);
    expect(next.phase).toEqual(phase === 'same' ? state.phase : phase);
    expect(done).toEqual(effects);
  });
});

describe('an instance', () => {
  it('starts at once when it is fresh', () => {
    expect(nextState(FRESH, EVENTS.timer, NOW, DEADLINES)[0].phase).toEqual({ name: 'starting' });
  });

  it('knows since when it is in its phase', () => {
    const [starting] = nextState(FRESH, EVENTS.timer, NOW, DEADLINES);
    expect(starting.since).toBe(NOW);
    const [same] = nextState(starting, EVENTS.timer, NOW + 1, DEADLINES);
    expect(same.since).toBe(NOW);
    const [waiting] = nextState(starting, EVENTS.ended, NOW + 2, DEADLINES);
    expect(waiting.since).toBe(NOW + 2);
  });

  it('says why its last process ended, until one runs again', () => {
    const [waiting] = nextState({ ...FRESH, phase: STATES.starting }, EVENTS.ended, NOW, DEADLINES);
    expect(waiting.problem).toBe('exited with code 1');
    const [starting] = nextState(waiting, EVENTS.timer, NOW, DEADLINES);
    expect(starting.problem).toBe('exited with code 1');
    const [running] = nextState(starting, EVENTS.ready, NOW, DEADLINES);
    expect(running.problem).toBeNull();
  });

  it('that keeps dying waits longer each time, and is failing from the third time on', () => {
    let state: InstanceState = FRESH;
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n++) {
      state = nextState(state, EVENTS.timer, NOW + 100_000, DEADLINES)[0];
      const [next, effects] = nextState(state, EVENTS.ended, NOW, DEADLINES);
      state = next;
      seen.push(effects.map((effect) => (effect.kind === 'died' ? [effect.restartInMs, effect.isFailing] : effect))[0]);
    }
    expect(seen).toEqual([
      [0, false],
      [500, false],
      [1_000, true],
      [2_000, true],
    ]);
  });
});

describe('whatever happens in whatever order', () => {
  const happenings = fc.array(fc.constantFrom(...Object.values(EVENTS)), { maxLength: 60 });

  it('a stop is final: no process is started, and nothing consumed, after it', () => {
    fc.assert(
      fc.property(happenings, happenings, (before, after) => {
        let state: InstanceState = FRESH;
        for (const event of before) state = nextState(state, event, NOW, DEADLINES)[0];
        for (const event of [EVENTS.stop, ...after]) {
          const [next, effects] = nextState(state, event, NOW, DEADLINES);
          state = next;
          expect(effects.map(({ kind }) => kind)).not.toContain('spawn');
          expect(effects.map(({ kind }) => kind)).not.toContain('consume');
        }
      }),
    );
  });

  it('it is gone once, and only without a process', () => {
    fc.assert(
      fc.property(happenings, (events) => {
        let [state, hasProcess, gone]: [InstanceState, boolean, number] = [FRESH, false, 0];
        for (const event of events) {
          if (event.kind === 'ended' && !hasProcess) continue; // nothing is there to end
          const [next, effects] = nextState(state, event, NOW + 1e9, DEADLINES);
          if (event.kind === 'ended') hasProcess = false;
          if (effects.some(({ kind }) => kind === 'spawn')) {
            expect(hasProcess).toBe(false);
            hasProcess = true;
          }
          gone += effects.filter(({ kind }) => kind === 'gone').length;
          if (next.phase.name === 'gone') expect(hasProcess).toBe(false);
          state = next;
        }
        expect(gone).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('it always comes to its end once it is to stop and its processes end', () => {
    fc.assert(
      fc.property(happenings, (events) => {
        let state: InstanceState = FRESH;
        for (const event of events) state = nextState(state, event, NOW, DEADLINES)[0];
        for (const event of [EVENTS.stop, EVENTS.timer, EVENTS.ended])
          state = nextState(state, event, NOW, DEADLINES)[0];
        expect(state.phase.name).toBe('gone');
      }),
    );
  });
});
