// What still runs here, or has just ended here, while the broker has taken its delivery away (a connection was lost). When
// the broker delivers it again, the running job or the known outcome is adopted; nothing runs twice for that.
//
// Ids may repeat, so a redelivery is held against id, life, counts, queue and body, and only against jobs whose own delivery
// is gone. Two equal messages may then swap their outcomes: each still has exactly one.
import type { Delivery } from '../broker/broker.ts';
import type { Counts } from '../retry/policy.ts';
import { runOf } from '../workitem/envelope.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';
import { countsOf } from './arrival.ts';
import type { Job } from './job.ts';
import type { Outcome } from './settlement.ts';

interface Known {
  readonly job: Job;
  /** `undefined` while it still runs. */
  readonly outcome: Outcome | undefined;
}

interface Ended {
  readonly job: Job;
  readonly outcome: Outcome;
  /** ms since 1970 */
  readonly at: number;
}

/** Outcomes without a delivery are kept for so long, and no more than so much of them: older ones simply run again. */
const KEPT_FOR_MS = 10 * 60_000;
const MOST_KEPT = 1_000;
const MOST_KEPT_BYTES = 128 * 1024 * 1024;

export class Adoption {
  readonly #running = new Set<Job>();
  #ended: readonly Ended[] = [];

  /** How many outcomes are kept. */
  get kept(): number {
    return this.#ended.length;
  }

  get running(): Iterable<Job> {
    return this.#running;
  }

  /** What is known of the handling that a lease was for. A kept outcome is given out once. */
  findLease(lease: unknown, now: number): Known | undefined {
    for (const job of this.#running) if (job.lease === lease) return { job, outcome: undefined };
    return this.#takeEnded(now, (job) => job.lease === lease);
  }

  begins(job: Job): void {
    this.#running.add(job);
  }

  ends(job: Job): void {
    this.#running.delete(job);
  }

  /** The delivery of `job` went before its outcome could be settled. */
  keep(job: Job, outcome: Outcome, now: number): void {
    this.#ended = newestWithin([...this.#recent(now), { job, outcome, at: now }]);
  }

  /** What is known of a redelivered message. A kept outcome is given out once. */
  find(delivery: Delivery, now: number): Known | undefined {
    for (const job of this.#running) {
      if (!job.delivery.isOpen && isSame(job, delivery)) return { job, outcome: undefined };
    }
    return this.#takeEnded(now, (job) => isSame(job, delivery) && (!hasDouble(job) || isItself(job, delivery)));
  }

  #takeEnded(now: number, isWanted: (job: Job) => boolean): Known | undefined {
    this.#ended = this.#recent(now);
    const found = this.#ended.find(({ job }) => isWanted(job));
    if (!found) return undefined;
    this.#ended = this.#ended.filter((one) => one !== found);
    return { job: found.job, outcome: found.outcome };
  }

  #recent(now: number): readonly Ended[] {
    return this.#ended.filter(({ at }) => now - at < KEPT_FOR_MS);
  }
}

function newestWithin(all: readonly Ended[]): readonly Ended[] {
  let bytes = 0;
  const isWithin = (one: Ended): boolean => {
    bytes += one.job.message.body.length + resultBytes(one.outcome);
    return bytes <= MOST_KEPT_BYTES;
  };
  return all.slice(-MOST_KEPT).toReversed().filter(isWithin).toReversed();
}

function resultBytes(outcome: Outcome): number {
  return 'result' in outcome ? (outcome.result?.body.length ?? 0) : 0;
}

function isSame(job: Job, { queue, message }: Delivery): boolean {
  return job.delivery.queue === queue && isSameMessage(job.delivery.message, message);
}

/** Compares bodies, not hashes of them: it happens only where the rest agrees. */
function isSameMessage(one: Message, other: Message): boolean {
  return (
    one.properties.messageId === other.properties.messageId &&
    runOf(one) === runOf(other) &&
    isSameAttempt(countsOf(one.headers), countsOf(other.headers)) &&
    one.body.length === other.body.length &&
    one.body.equals(other.body)
  );
}

/** Whether what it has been passed on as looks the same: a next attempt does not, and what is parked comes as another life. */
function hasDouble({ passedOn, counts }: Job): boolean {
  return typeof passedOn === 'object' && isSameAttempt(passedOn, counts);
}

/** Not what it has been passed on as: that may come here, too, and is all that is left of it. */
function isItself({ delivery: { message: one } }: Job, { message: other }: Delivery): boolean {
  return (
    one.headers[HEADER.queued] === other.headers[HEADER.queued] &&
    countsOf(one.headers).redeliveries === countsOf(other.headers).redeliveries
  );
}

/** The next attempt is another run. Redeliveries do not count: another pool may have counted one meanwhile. */
function isSameAttempt(one: Counts, other: Counts): boolean {
  return one.attempt === other.attempt && one.crashes === other.crashes;
}
