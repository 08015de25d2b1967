// The tasks that have no end yet, by id, and what comes for them: results from the reply queue, events from the daemons.
import type { EventBatch } from '../control/news.ts';
import type { Clock } from '../core/clock.ts';
import type { Message } from '../workitem/message.ts';
import { TaskError } from './errors.ts';
import { idsIn, resultIn } from './outcome.ts';
import { isFinal } from './status.ts';
import type { Task } from './task.ts';

/**
 * How long after the last result a task that is said to have ended may wait for its own: where the queue for results was away
 * for a moment, a dispatcher brings what it has set aside within half a minute.
 */
export const SILENT_FOR_MS = 60_000;
/** However many other results come meanwhile: a busy client would wait for ever, and keep all of these tasks. */
export const SILENT_AT_MOST_MS = 10 * 60_000;
const LOOK_EVERY_MS = 5_000;

interface TasksOptions {
  readonly clock: Clock;
  /** Whether results can arrive at all. */
  isConnected(): boolean;
}

export class Tasks {
  readonly #options: TasksOptions;
  readonly #open = new Map<string, Task>();
  /** Said to have ended, but there is no result, though one could come: since when. */
  readonly #silent = new Map<Task, number>();
  #lastResultAt = 0;
  #unknownResults = 0;
  #cancelLook: (() => void) | null = null;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Results of tasks that are not known: of one that has ended already, most likely. */
  get unknownResults(): number {
    return this.#unknownResults;
  }

  add(task: Task): void {
    this.#open.set(task.id, task);
  }

  remove(task: Task): void {
    this.#open.delete(task.id);
    this.#silent.delete(task);
  }

  /** The task has its result when this returns; a second one finds no task any more. */
  take(message: Message): void {
    this.#lastResultAt = this.#options.clock.now();
    const task = idsIn(message)
      .map((id) => this.#open.get(id))
      .find((one) => one !== undefined);
    if (task === undefined) {
      this.#unknownResults++;
      return;
    }
    task.settle(resultIn(message, task.id));
    this.remove(task);
  }

  hear({ events }: EventBatch): void {
    for (const event of events) {
      if (!('id' in event)) continue;
      const task = this.#open.get(event.id);
      task?.hear(event);
      if (task !== undefined && isFinal(task.state.status)) this.#awaitResult(task);
    }
  }

  giveUpAll(error: (task: Task) => Error): void {
    this.#cancelLook?.();
    const all = [...this.#open.values()];
    this.#open.clear();
    this.#silent.clear();
    for (const task of all) task.giveUp(error(task));
  }

  #awaitResult(task: Task): void {
    if (this.#silent.has(task)) return;
    this.#silent.set(task, this.#options.clock.now());
    this.#lookLater();
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#cancelLook = null;
      this.#look();
      if (this.#silent.size > 0) this.#lookLater();
    });
  }

  /** A plugin may report to somebody else, or to nobody. */
  #look(): void {
    const now = this.#options.clock.now();
    const canCome = this.#options.isConnected();
    for (const [task, since] of this.#silent) {
      if (!canCome) this.#silent.set(task, now);
      else if (this.#isGivenUp(since, now)) {
        task.giveUp(endedSilently(task));
        this.remove(task);
      }
    }
  }

  #isGivenUp(since: number, now: number): boolean {
    return now - Math.max(since, this.#lastResultAt) >= SILENT_FOR_MS || now - since >= SILENT_AT_MOST_MS;
  }
}

function endedSilently({ id, state }: Task): TaskError {
  const message = state.reason || 'its worker reported no result to this client';
  return new TaskError({ id, status: state.status, message, code: null, trace: '' });
}
