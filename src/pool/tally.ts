// How many workitems each group has finished, and how many it has failed, since the pool was started. Counts the events.
import type { LastFailure } from '../control/answer.ts';
import type { EventSink } from '../events/event.ts';

export interface Count {
  readonly finished: number;
  readonly failed: number;
  readonly lastFailure: LastFailure | null;
}

const NONE: Count = { finished: 0, failed: 0, lastFailure: null };

export class Tally {
  readonly #byInstance = new Map<string, { -readonly [K in keyof Count]: Count[K] }>();

  readonly sink: EventSink = (event) => {
    if (event.kind !== 'finished' && event.kind !== 'failed') return;
    const count = this.#byInstance.get(event.instance) ?? { ...NONE };
    this.#byInstance.set(event.instance, count);
    count[event.kind]++;
    if (event.kind === 'failed') count.lastFailure = { at: event.at, error: event.error };
  };

  /** @param group `worker1`, `worker2_bifh1`: its instances are called `<group>#<n>` */
  of(group: string): Count {
    const its = [...this.#byInstance].filter(([instance]) => instance.replace(/#\d+$/, '') === group);
    return its.reduce((sum, [, count]) => together(sum, count), NONE);
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
