// What a daemon remembers of the workitems that it has had: where it sent them, how they ended. Bounded, and filled by the
// same events that listeners get; an event costs far less than a microsecond.
import { RecentMap } from '../core/recent-map.ts';
import { Ring } from '../core/ring.ts';
import type { EventSink, WorkitemEvent } from '../events/event.ts';
import type { QueueCount, Whereabouts } from './answer.ts';
import { QueueTally } from './queue-tally.ts';
import { isAbout, whereaboutsOf } from './whereabouts.ts';

type Delayed = Extract<WorkitemEvent, { kind: 'delayed' }>;

/** At least so many. */
const DELAYED = 10_000;
const OF_EACH = 1_000;

export class Memory {
  /** By the run: what has been sent into a delay, and has not come back here yet. */
  readonly #delayed = new RecentMap<string, Delayed>(DELAYED);
  readonly #ended = new Ring<WorkitemEvent>(OF_EACH);
  readonly #parked = new Ring<WorkitemEvent>(OF_EACH);
  readonly #passed = new Ring<WorkitemEvent>(OF_EACH);
  readonly #queues = new QueueTally();

  readonly sink: EventSink = (event) => {
    switch (event.kind) {
      case 'started':
        if (this.#delayed.size > 0) this.#delayed.delete(event.run);
        return;
      case 'delayed':
        return this.#delayed.set(event.run, event);
      case 'finished':
      case 'failed':
      case 'expired':
      case 'cancelled':
        if (this.#delayed.size > 0) this.#delayed.delete(event.run);
        return this.#ended.push(event);
      case 'parked':
        return this.#parked.push(event);
      case 'routed':
        this.#queues.add(event.queue);
        return this.#passed.push(event);
      case 'unroutable':
      case 'queued':
        return this.#passed.push(event);
      case 'progress':
      case 'ready':
      case 'died':
      case 'failing':
      case 'gone':
        return;
      default:
        return event satisfies never;
    }
  };

  /** What is remembered of this workitem, by its id or its run. */
  recall(id: string): readonly Whereabouts[] {
    const all = [...this.#delayed.values(), ...this.#ended, ...this.#parked, ...this.#passed];
    return whereaboutsOf(all.filter((event) => isAbout(event, id)));
  }

  /** How many have been passed on to each worker queue. */
  get queues(): readonly QueueCount[] {
    return this.#queues.all();
  }

  /** How many were sent into a delay that is not over yet. */
  delayedAt(now: number): number {
    let count = 0;
    for (const { untilMs } of this.#delayed.values()) if (untilMs > now) count++;
    return count;
  }
}
