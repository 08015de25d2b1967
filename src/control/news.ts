// What arrives in the queue of somebody who asks, or listens: answers and batches of events, told apart by the header `tq-kind`.
import type { TaskqueueEvent } from '../events/event.ts';

/** The value of `tq-kind`: an `Answer` as JSON; its `correlation_id` is the operation that it answers. */
export const ANSWER = 'answer';
/** The value of `tq-kind`: an `EventBatch` as JSON. */
export const EVENTS = 'events';

/** What nobody has taken for so long is of no use any more: the `expiration` of news. */
export const NEWS_LIVE_MS = 60_000;

export interface EventBatch {
  readonly v: 1;
  readonly host: string;
  readonly daemon: 'dispatcher' | 'workerpool';
  /** Names the process. */
  readonly name: string;
  readonly events: readonly TaskqueueEvent[];
  /** How many were not sent since the batch before, because there were too many. */
  readonly dropped: number;
}
