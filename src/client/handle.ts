// What a caller has of a task: its id, its state, its result, and a way to cancel it.
import { type Clock, within } from '../core/clock.ts';
import type { CancelAnswer, CancelOptions } from './cancel.ts';
import { noResultYet } from './errors.ts';
import { type Period, periodMs } from './period.ts';
import { isFinal, type Status, type TaskState } from './status.ts';
import type { Task, TaskEvents } from './task.ts';

/** What a handle needs of its client. */
interface HandleOwner {
  readonly clock: Clock;
  /** Asks for news about it, where those that came by themselves may not be all. */
  refresh(task: Task): Promise<void>;
  cancel(id: string, options?: CancelOptions): Promise<readonly CancelAnswer[]>;
}

export class Handle<T = unknown> {
  readonly #task: Task;
  readonly #owner: HandleOwner;

  constructor(task: Task, owner: HandleOwner) {
    this.#task = task;
    this.#owner = owner;
  }

  /** The workitem's id. */
  get id(): string {
    return this.#task.id;
  }

  /** Its worker type. */
  get type(): string {
    return this.#task.type;
  }

  /** All that is known of it now, without asking anybody. */
  get state(): TaskState {
    return this.#task.state;
  }

  /** Where events about it may have been missed, the daemons are asked first. */
  async status(): Promise<Status> {
    await this.#owner.refresh(this.#task);
    return this.#task.state.status;
  }

  /**
   * The result: JSON parsed, text, or a Buffer. As often as wanted, also long after it came. Rejects with a `TaskError`
   * where the task failed, was cancelled, has expired or was parked, and with `STOPPED` where the client was closed first.
   */
  result(): Promise<T> {
    return this.#task.result() as Promise<T>;
  }

  /** As `result`, but rejects with `Timeout` after that time. The task goes on. */
  async wait(timeout: Period): Promise<T> {
    const ms = periodMs('timeout', timeout);
    const result = this.result();
    const isThere = await within(
      this.#owner.clock,
      ms,
      result.catch(() => undefined),
    );
    if (isThere) return result;
    throw noResultYet(this, ms);
  }

  /** Every state from now on, the present one first, until the last. Who is slow misses some in between. */
  async *updates(): AsyncGenerator<TaskState, void, undefined> {
    for (let last: TaskState | null = null; ; ) {
      const changed = this.#task.changed();
      const { state } = this.#task;
      if (state !== last) yield state;
      last = state;
      if (isFinal(state.status) || this.#task.isOver) return;
      if (state === this.#task.state) await changed;
    }
  }

  on<K extends keyof TaskEvents>(name: K, listener: (value: TaskEvents[K]) => void): this {
    this.#task.emitter.on(name, listener);
    return this;
  }

  off<K extends keyof TaskEvents>(name: K, listener: (value: TaskEvents[K]) => void): this {
    this.#task.emitter.off(name, listener);
    return this;
  }

  /** As `client.cancel(handle.id)`. */
  cancel(options?: CancelOptions): Promise<readonly CancelAnswer[]> {
    return this.#owner.cancel(this.id, options);
  }
}
