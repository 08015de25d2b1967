// What a client's promises reject with. What went wrong with the client itself – a wrong argument, a broker that is away –
// is a `TaskqueueError`, as everywhere; how a task went wrong is one of these.
import { formatDuration } from '../core/duration.ts';
import { TaskqueueError } from '../core/errors.ts';
import { RPC_CODE } from '../workitem/json-rpc/codes.ts';
import type { Status, TaskState } from './status.ts';

export interface TaskFailure {
  /** The workitem's id. */
  readonly id: string;
  readonly status: Status;
  readonly message: string;
  /** JSON-RPC's, where the worker gave one; `null` otherwise. */
  readonly code: number | null;
  /** Where it failed: a stack trace, or the last lines of a process that died. May be empty. */
  readonly trace: string;
  /** JSON-RPC's `data`, where the worker gave it. */
  readonly data?: unknown;
}

/** The task has failed, was cancelled, has expired, or was parked without being worked on: `status` says which. */
export class TaskError extends Error {
  readonly id: string;
  readonly status: Status;
  readonly code: number | null;
  readonly trace: string;
  readonly data: unknown;

  constructor({ id, status, message, code, trace, data }: TaskFailure) {
    super(message);
    this.name = 'TaskError';
    this.id = id;
    this.status = status;
    this.code = code;
    this.trace = trace;
    this.data = data;
  }
}

/** The worker has no such method, or nobody runs workers of this type. */
export class UnknownMethod extends TaskError {
  constructor(failure: TaskFailure) {
    super(failure);
    this.name = 'UnknownMethod';
  }
}

export function taskError(failure: TaskFailure): TaskError {
  return failure.code === RPC_CODE.methodNotFound ? new UnknownMethod(failure) : new TaskError(failure);
}

/** What to say to whoever has waited so long in vain. */
export function noResultYet({ id, type, state }: { id: string; type: string; state: TaskState }, ms: number): Timeout {
  const why = state.reason === '' ? '' : `: ${state.reason}`;
  return new Timeout(
    `no result of ${id} (${type}) within ${formatDuration(ms)}; it is ${state.status}${why}`,
    id,
    state,
  );
}

/** There is no result yet. The task goes on, and its handle can be asked again. */
export class Timeout extends TaskqueueError {
  readonly id: string;
  /** How far the task was by then. */
  readonly state: TaskState;

  constructor(message: string, id: string, state: TaskState) {
    super('TIMEOUT', message);
    this.name = 'Timeout';
    this.id = id;
    this.state = state;
  }
}
