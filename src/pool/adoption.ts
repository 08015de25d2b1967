// What still runs here, or has just ended here, while the broker has taken its delivery away (a connection was lost). When
// the broker delivers it again, the running job or the known outcome is adopted; nothing runs twice for that.
//
// Ids may repeat, so a redelivery is held against id, life, queue and body, and only against jobs whose own delivery is
// gone. Two equal messages may then swap their outcomes: each still has exactly one.
import type { Delivery } from '../broker/broker.ts';
import { runOf } from '../workitem/envelope.ts';
import type { Message } from '../workitem/message.ts';
import type { Job } from './job.ts';
import type { Outcome } from './settlement.ts';

export interface Known {
  readonly job: Job;
  /** `undefined` while it still runs. */
  readonly outcome: Outcome | undefined;
}

/** Outcomes without a delivery are kept for so long, and no more than so many: older ones simply run again. */
const KEPT_FOR_MS = 10 * 60_000;
const MOST_KEPT = 1_000;

export class Adoption {
  readonly #running = new Set<Job>();
  #ended: readonly { readonly job: Job; readonly outcome: Outcome; readonly at: number }[] = [];

  begins(job: Job): void {
    this.#running.add(job);
  }

  ends(job: Job): void {
    this.#running.delete(job);
  }

  /** The delivery of `job` went before its outcome could be settled. */
  keep(job: Job, outcome: Outcome, now: number): void {
    const recent = this.#ended.filter(({ at }) => now - at < KEPT_FOR_MS);
    this.#ended = [...recent, { job, outcome, at: now }].slice(-MOST_KEPT);
  }

  /** What is known of a redelivered message. A kept outcome is given out once. */
  find(delivery: Delivery, now: number): Known | undefined {
    for (const job of this.#running) {
      if (!job.delivery.isOpen && isSame(job, delivery)) return { job, outcome: undefined };
    }
    const found = this.#ended.find(({ job, at }) => now - at < KEPT_FOR_MS && isSame(job, delivery));
    if (!found) return undefined;
    this.#ended = this.#ended.filter((one) => one !== found);
    return { job: found.job, outcome: found.outcome };
  }
}

function isSame(job: Job, { queue, message }: Delivery): boolean {
  return job.delivery.queue === queue && isSameMessage(job.delivery.message, message);
}

/** Compares bodies, not hashes of them: it happens only where the rest agrees. */
function isSameMessage(one: Message, other: Message): boolean {
  return (
    one.properties.messageId === other.properties.messageId &&
    runOf(one) === runOf(other) &&
    one.body.length === other.body.length &&
    one.body.equals(other.body)
  );
}
