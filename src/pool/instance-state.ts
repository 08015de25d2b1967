// The life of one instance as a table: (state, event, now) → the next state and what has to be done. Pure; `instance.ts`
// carries it out. What is *wanted* is apart from what *is*: a process may die at any moment, and only `stop` ends the
// wish for another.
import { type Deaths, isFailing, restartDelayMs, withDeath } from './restart-limit.ts';

export type Phase =
  /** No process; the next one starts at `until`. */
  | { readonly name: 'waiting'; readonly until: number }
  /** A process that has not said yet that it is ready. */
  | { readonly name: 'starting' }
  | { readonly name: 'running' }
  /** Takes nothing more; `isTold`: it knows, and has nothing left to do. */
  | { readonly name: 'stopping'; readonly isTold: boolean }
  | { readonly name: 'gone' };

export interface InstanceState {
  readonly phase: Phase;
  /** When it came into this phase (ms since 1970). */
  readonly since: number;
  readonly deaths: Deaths;
  /** Why the last process ended, or did not start; `null` while all is well. */
  readonly problem: string | null;
}

export type InstanceEvent =
  | { readonly kind: 'timer' }
  | { readonly kind: 'ready' }
  /** The process has ended, or could not be started. */
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'stop' }
  /** Nothing is running in it any more, and it gets nothing. */
  | { readonly kind: 'idle' }
  /** Somebody wants it gone at once. */
  | { readonly kind: 'kill' };

export type InstanceEffect =
  | { readonly kind: 'spawn' }
  /** There is no other timer: this replaces the one before. */
  | { readonly kind: 'timer'; readonly afterMs: number }
  | { readonly kind: 'noTimer' }
  | { readonly kind: 'consume' }
  /** No new work; `idle` follows when the open work is done. */
  | { readonly kind: 'release' }
  | { readonly kind: 'tellStop' }
  | { readonly kind: 'kill'; readonly why: string }
  | { readonly kind: 'died'; readonly how: string; readonly restartInMs: number; readonly isFailing: boolean }
  | { readonly kind: 'gone' };

export interface Deadlines {
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly killTimeoutMs: number;
}

export const FRESH: InstanceState = { phase: { name: 'waiting', until: 0 }, since: 0, deaths: [], problem: null };

type Next = readonly [InstanceState, readonly InstanceEffect[]];

export function nextState(state: InstanceState, event: InstanceEvent, now: number, deadlines: Deadlines): Next {
  const [next, effects] = cellOf(state, event, now, deadlines);
  return next.phase.name === state.phase.name ? [next, effects] : [{ ...next, since: now }, effects];
}

function cellOf(state: InstanceState, event: InstanceEvent, now: number, deadlines: Deadlines): Next {
  switch (state.phase.name) {
    case 'waiting':
      return whileWaiting(state, state.phase.until, event, now, deadlines);
    case 'starting':
      return whileStarting(state, event, now, deadlines);
    case 'running':
      return whileRunning(state, event, now, deadlines);
    case 'stopping':
      return whileStopping(state, state.phase.isTold, event, deadlines);
    case 'gone':
      return [state, []];
    default:
      return state.phase satisfies never;
  }
}

function whileWaiting(
  state: InstanceState,
  until: number,
  event: InstanceEvent,
  now: number,
  deadlines: Deadlines,
): Next {
  if (event.kind === 'stop' || event.kind === 'kill') return gone(state);
  if (event.kind !== 'timer') return [state, []];
  if (now < until) return [state, [{ kind: 'timer', afterMs: until - now }]];
  return [
    inPhase(state, { name: 'starting' }),
    [{ kind: 'spawn' }, { kind: 'timer', afterMs: deadlines.startTimeoutMs }],
  ];
}

function whileStarting(state: InstanceState, event: InstanceEvent, now: number, deadlines: Deadlines): Next {
  switch (event.kind) {
    case 'ready':
      return [inPhase(state, { name: 'running' }), [{ kind: 'noTimer' }, { kind: 'consume' }]];
    case 'timer':
      // Again and again: who it is to run as may not be known before its time is over, and there is no process until then.
      return [state, [late, { kind: 'timer', afterMs: deadlines.startTimeoutMs }]];
    case 'ended':
      return died(state, event.how, now, false);
    case 'stop':
    case 'kill':
      return [
        inPhase(state, { name: 'stopping', isTold: true }),
        [kill, { kind: 'timer', afterMs: deadlines.killTimeoutMs }],
      ];
    case 'idle':
      return [state, []];
    default:
      return event satisfies never;
  }
}

function whileRunning(state: InstanceState, event: InstanceEvent, now: number, deadlines: Deadlines): Next {
  switch (event.kind) {
    case 'ended':
      return died(state, event.how, now, true);
    case 'stop':
      return [
        inPhase(state, { name: 'stopping', isTold: false }),
        [{ kind: 'release' }, { kind: 'timer', afterMs: deadlines.stopTimeoutMs }],
      ];
    case 'kill':
      return [inPhase(state, { name: 'stopping', isTold: true }), [{ kind: 'release' }, kill]];
    case 'timer':
    case 'ready':
    case 'idle':
      return [state, []];
    default:
      return event satisfies never;
  }
}

function whileStopping(state: InstanceState, isTold: boolean, event: InstanceEvent, deadlines: Deadlines): Next {
  switch (event.kind) {
    case 'idle':
      if (isTold) return [state, []];
      return [
        inPhase(state, { name: 'stopping', isTold: true }),
        [{ kind: 'tellStop' }, { kind: 'timer', afterMs: deadlines.killTimeoutMs }],
      ];
    case 'timer':
    case 'kill':
      return [inPhase(state, { name: 'stopping', isTold: true }), [kill]];
    case 'ended':
      return gone(state);
    case 'ready':
    case 'stop':
      return [state, []];
    default:
      return event satisfies never;
  }
}

const kill: InstanceEffect = { kind: 'kill', why: 'is being stopped' };
const late: InstanceEffect = { kind: 'kill', why: 'was not ready within start_timeout' };

function died(state: InstanceState, how: string, now: number, wasReady: boolean): Next {
  const deaths = withDeath(state.deaths, now, wasReady);
  const restartInMs = restartDelayMs(deaths);
  return [
    { ...state, phase: { name: 'waiting', until: now + restartInMs }, deaths, problem: how },
    [
      { kind: 'died', how, restartInMs, isFailing: isFailing(deaths) },
      { kind: 'timer', afterMs: restartInMs },
    ],
  ];
}

function gone(state: InstanceState): Next {
  return [inPhase(state, { name: 'gone' }), [{ kind: 'noTimer' }, { kind: 'gone' }]];
}

function inPhase(state: InstanceState, phase: Phase): InstanceState {
  return { ...state, phase, problem: phase.name === 'running' ? null : state.problem };
}
