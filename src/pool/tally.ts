// How many workitems each group has finished, and how many it has failed, since the pool was started. Counts the events.
import type { EventSink } from '../events/event.ts';

export interface Count {
  readonly finished: number;
  readonly failed: number;
}

const NONE: Count = { finished: 0, failed: 0 };

export class Tally {
  readonly #byInstance = new Map<string, { finished: number; failed: number }>();

  readonly sink: EventSink = (event) => {
    if (event.kind !== 'finished' && event.kind !== 'failed') return;
    const count = this.#byInstance.get(event.instance);
    if (count) count[event.kind]++;
    else this.#byInstance.set(event.instance, { ...NONE, [event.kind]: 1 });
  };

  /** @param group `worker1`, `worker2_bifh1`: its instances are called `<group>#<n>` */
  of(group: string): Count {
    const its = [...this.#byInstance].filter(([instance]) => instance.replace(/#\d+$/, '') === group);
    return its.reduce(
      (sum, [, { finished, failed }]) => ({ finished: sum.finished + finished, failed: sum.failed + failed }),
      NONE,
    );
  }
}
