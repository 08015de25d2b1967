// How far a task is: what follows from each piece of news about it. Pure.
//
// News comes from several daemons, in batches, and not always in the order in which it happened; the result may overtake
// all of it. So an end is an end, and what is older than what is known already changes nothing.
import type { WorkitemEvent } from '../events/event.ts';

/** QUEUED, RUNNING, FINISHED and FAILED (there: ERROR) have the numbers of ZeroTask's. From 7000 on it has ended. */
export const STATUS_NUMBERS = {
  /** On its way to a worker; nobody has begun. */
  QUEUED: 1000,
  RUNNING: 5000,
  /** An attempt has ended without success, and there will be another one. */
  RETRYING: 6000,
  FINISHED: 7000,
  FAILED: 9000,
  /** Kept in `taskqueue.dead` without having been worked on to an end: an operator decides. */
  PARKED: 9100,
  CANCELLED: 9200,
  EXPIRED: 9300,
} as const;

export type Status = keyof typeof STATUS_NUMBERS;
export type FinalStatus = 'FINISHED' | 'FAILED' | 'PARKED' | 'CANCELLED' | 'EXPIRED';

export function isFinal(status: Status): status is FinalStatus {
  return STATUS_NUMBERS[status] >= STATUS_NUMBERS.FINISHED;
}

/** All that is known of a task. Never changed: news makes a new one. */
export interface TaskState {
  readonly status: Status;
  /** The number of `status`. */
  readonly number: number;
  /** When that became so, by the clock of whoever told it (ms since 1970). */
  readonly since: number;
  /** 0 where none has begun. */
  readonly attempt: number;
  /** 0 … 1; `null` where its handler has told none. */
  readonly progress: number | null;
  readonly note: string;
  /** The worker process that has it, or had it last; `null` where none is known. */
  readonly instance: string | null;
  /** Why it waits, has failed, or was parked; may be empty. */
  readonly reason: string;
  /** It waits until then (ms since 1970), or `null`. */
  readonly untilMs: number | null;
  /** There is no queue for its type, or that queue takes nothing: most likely nobody runs workers of this type. */
  readonly isUnroutable: boolean;
}

export function queuedState(now: number): TaskState {
  return {
    status: 'QUEUED',
    number: STATUS_NUMBERS.QUEUED,
    since: now,
    attempt: 0,
    progress: null,
    note: '',
    instance: null,
    reason: '',
    untilMs: null,
    isUnroutable: false,
  };
}

export function stateAfterEvent(state: TaskState, event: WorkitemEvent): TaskState {
  if (isFinal(state.status)) return state;
  switch (event.kind) {
    case 'routed':
      return isQueued(state) && (state.isUnroutable || state.reason !== '')
        ? { ...state, reason: '', isUnroutable: false }
        : state;
    case 'queued':
      return isOlder(event, state) ? state : queuedAgain(state, event);
    case 'unroutable':
      return isQueued(state) ? unroutable(state, event.queue) : state;
    case 'started': {
      const { attempt, instance } = event;
      return { ...changed(state, 'RUNNING', event.at), attempt, instance, progress: null, note: '' };
    }
    case 'progress':
      return isOlder(event, state) ? state : progressed(state, event);
    case 'delayed':
      return isOlder(event, state) ? state : delayed(state, event);
    case 'finished':
      return { ...changed(state, 'FINISHED', event.at), instance: event.instance || state.instance };
    case 'failed':
      return { ...changed(state, 'FAILED', event.at), reason: event.error, instance: event.instance || state.instance };
    case 'expired':
      return changed(state, 'EXPIRED', event.at);
    case 'cancelled':
      return { ...changed(state, 'CANCELLED', event.at), reason: event.error };
    case 'parked':
      return isUnread(event.reason) ? { ...changed(state, 'PARKED', event.at), reason: event.error } : state;
    default:
      event satisfies never;
      return state; // of a daemon that is younger than we are
  }
}

/** What a result says about the state of its task. */
export interface ResultNews {
  readonly status: FinalStatus;
  /** ms since 1970; `null` where it does not say */
  readonly at: number | null;
  readonly attempt: number | null;
  readonly instance: string | null;
  /** Why it failed; '' where it did not. */
  readonly reason: string;
}

export function stateAfterResult(state: TaskState, news: ResultNews): TaskState {
  if (isFinal(state.status)) return state;
  return {
    ...changed(state, news.status, news.at ?? state.since),
    attempt: news.attempt ?? state.attempt,
    instance: news.instance ?? state.instance,
    reason: news.reason,
  };
}

/** A workitem that has been worked on and failed is also kept, under one of these; it counts as failed. */
const READ: ReadonlySet<string> = new Set(['failed', 'crashed']);

/** Whether a workitem that was parked for this reason was parked instead of being worked on to an end. */
function isUnread(parkReason: string): boolean {
  return !READ.has(parkReason);
}

function changed(state: TaskState, status: Status, at: number): TaskState {
  return {
    ...state,
    status,
    number: STATUS_NUMBERS[status],
    since: at,
    reason: '',
    untilMs: null,
    isUnroutable: false,
  };
}

const isQueued = ({ status }: TaskState): boolean => status === 'QUEUED';

function unroutable(state: TaskState, queue: string): TaskState {
  return { ...state, reason: `there is no queue ${queue}, or it takes nothing`, isUnroutable: true };
}

/** Of an earlier attempt, most likely: each daemon tells in order, but not in step with the others. */
function isOlder(event: WorkitemEvent, state: TaskState): boolean {
  return event.at < state.since && !isQueued(state);
}

/** Where nobody told that it has started, this tells. */
function progressed(state: TaskState, event: Extract<WorkitemEvent, { kind: 'progress' }>): TaskState {
  const running = state.status === 'RUNNING' ? state : changed(state, 'RUNNING', event.at);
  return { ...running, attempt: Math.max(1, state.attempt), progress: event.fraction, note: event.note };
}

/** Before the first attempt it is the sender's delay, or a pool's: it is queued all the same. */
function delayed(state: TaskState, event: Extract<WorkitemEvent, { kind: 'delayed' }>): TaskState {
  const { at, untilMs, why, attempt } = event;
  const status = attempt > 1 || state.attempt > 0 ? 'RETRYING' : 'QUEUED';
  return { ...changed(state, status, at), attempt: Math.max(state.attempt, attempt - 1), reason: why, untilMs };
}

/** Handed back, by a pool that stops for example. */
function queuedAgain(state: TaskState, { at, why }: Extract<WorkitemEvent, { kind: 'queued' }>): TaskState {
  return { ...changed(state, state.attempt === 0 ? 'QUEUED' : 'RETRYING', at), reason: why };
}
