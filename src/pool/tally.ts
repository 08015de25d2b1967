// How many workitems each group has finished, and how many it has failed, since the pool was started. Counts the events.
import type { LastFailure } from '../control/answer.ts';
import type { EventSink } from '../events/event.ts';

export interface Count {
  readonly finished: number;
  readonly failed: number;
  readonly lastFailure: LastFailure | null;
}

export const NONE: Count = { finished: 0, failed: 0, lastFailure: null };

export class Tally {
  readonly #byInstance = new Map<string, { -readonly [K in keyof Count]: Count[K] }>();

  readonly sink: EventSink = (event) => {
    if (event.kind !== 'finished' && event.kind !== 'failed') return;
    const count = this.#byInstance.get(event.instance) ?? { ...NONE };
    this.#byInstance.set(event.instance, count);
    count[event.kind]++;
    if (event.kind === 'failed') count.lastFailure = { at: event.at, error: event.error };
  };

  /** By the name of the group – `worker1`, `worker2_bifh1` –, whose instances are called `<group>#<n>`. */
  get byGroup(): ReadonlyMap<string, Count> {
    const counts = new Map<string, Count>();
    for (const [instance, count] of this.#byInstance) {
      const group = instance.replace(/#\d+$/, '');
      counts.set(group, together(counts.get(group) ?? NONE, count));
    }
    return counts;
  }
}

function together(one: Count, other: Count): Count {
  const isOther = (other.lastFailure?.at ?? 0) >= (one.lastFailure?.at ?? 0);
  return {
    finished: one.finished + other.finished,
    failed: one.failed + other.failed,
    lastFailure: isOther ? other.lastFailure : one.lastFailure,
  };
}
