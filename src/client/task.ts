// One submitted workitem as the client keeps it: its state, its end, and who waits for either. What is given to the caller
// is a `Handle` of it.
import { type Deferred, deferred } from '../core/deferred.ts';
import type { WorkitemEvent } from '../events/event.ts';
import { Emitter } from './emitter.ts';
import { taskError } from './errors.ts';
import type { Outcome, TaskResult } from './outcome.ts';
import { queuedState, stateAfterEvent, stateAfterResult, type TaskState } from './status.ts';

export interface Progress {
  /** 0 … 1 */
  readonly fraction: number;
  readonly note: string;
}

/** What a handle tells its listeners. A type, not an interface: it is a record of events. */
export type TaskEvents = {
  /** Its handler has told how far it is. */
  readonly progress: Progress;
  /** Its status has changed. */
  readonly status: TaskState;
};

type End = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly error: Error };

export class Task {
  readonly id: string;
  readonly type: string;
  /** See `News.epoch`; 0 where nothing is heard about it. */
  readonly epoch: number;
  #state: TaskState;
  #end: End | null = null;
  /** Made for the first who waits: what nobody waits for is no unhandled rejection. */
  #result: Deferred<unknown> | null = null;
  #emitter: Emitter<TaskEvents> | null = null;
  #changes: Deferred<void> | null = null;

  constructor(facts: { readonly id: string; readonly type: string; readonly now: number; readonly epoch: number }) {
    this.id = facts.id;
    this.type = facts.type;
    this.epoch = facts.epoch;
    this.#state = queuedState(facts.now);
  }

  get state(): TaskState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  get emitter(): Emitter<TaskEvents> {
    this.#emitter ??= new Emitter();
    return this.#emitter;
  }

  /** The value, or why there is none; as often as wanted. */
  result(): Promise<unknown> {
    if (this.#result === null) {
      this.#result = deferred();
      this.#giveOut();
    }
    return this.#result.promise;
  }

  /** Resolves at the next change of the state, or the end. */
  changed(): Promise<void> {
    this.#changes ??= deferred();
    return this.#changes.promise;
  }

  hear(event: WorkitemEvent): void {
    const before = this.#state;
    this.#setState(stateAfterEvent(before, event));
    const isNews = this.#state !== before && event.kind === 'progress';
    if (isNews) this.#emitter?.emit('progress', { fraction: event.fraction, note: event.note });
  }

  /** The first one counts: results come at least once. */
  settle({ outcome, news }: TaskResult): void {
    if (this.#end !== null) return;
    const state = stateAfterResult(this.#state, news);
    this.#end = endOf(outcome, state);
    this.#setState(state);
    this.#giveOut();
  }

  /** There will be no result, for a reason that is not the task's own. */
  giveUp(error: Error): void {
    if (this.#end !== null) return;
    this.#end = { kind: 'error', error };
    this.#giveOut();
    this.#wake();
  }

  #setState(state: TaskState): void {
    const before = this.#state;
    if (state === before) return;
    this.#state = state;
    if (state.status !== before.status) this.#emitter?.emit('status', state);
    this.#wake();
  }

  #wake(): void {
    this.#changes?.resolve();
    this.#changes = null;
  }

  #giveOut(): void {
    if (this.#end === null || this.#result === null) return;
    if (this.#end.kind === 'value') this.#result.resolve(this.#end.value);
    else this.#result.reject(this.#end.error);
  }
}

/** Where news has told more than the result – that it is parked, for example – the error says that. */
function endOf(outcome: Outcome, state: TaskState): End {
  if (outcome.kind === 'value') return { kind: 'value', value: outcome.value };
  const { status } = state;
  const { failure } = outcome;
  const isTold = status === 'PARKED' || status === 'CANCELLED' || status === 'EXPIRED';
  return { kind: 'error', error: taskError(isTold ? { ...failure, status } : failure) };
}
