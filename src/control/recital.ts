// What the log of a daemon says of orders: each once, with who gave it and why; what is no order, without letting anybody fill
// the log with it.
import type { Delivery } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import type { LogFields, Logger } from '../core/logger.ts';
import { Complaints } from './complaints.ts';
import type { GivenOrder } from './order.ts';
import type { Pause } from './standing.ts';

export class Recital {
  readonly #logger: Logger;
  readonly #complaints: Complaints;
  #hasForgotten = false;

  constructor(tools: { readonly logger: Logger; readonly clock: Clock }) {
    this.#logger = tools.logger;
    this.#complaints = new Complaints(tools);
  }

  /** What stood when this daemon began. */
  standing(pauses: readonly Pause[], cancellations: number): void {
    for (const pause of pauses) this.#logger.info(fieldsOf(pause), 'is paused');
    if (cancellations > 0) this.#logger.info({ cancellations }, 'workitems that are cancelled, should they turn up');
  }

  given({ order, by }: GivenOrder): void {
    const { kind, operation, reason } = order;
    const about = { by, reason, operation };
    switch (kind) {
      case 'cancel':
        return this.#logger.info({ workitem: order.id, ...about }, 'to be cancelled');
      case 'pause':
        return this.#logger.info({ type: order.type, ...about, until: timeText(order.untilMs) }, 'paused');
      case 'repeat':
        return this.#logger.info(
          { type: order.type, ...about, by: order.by, until: timeText(order.untilMs) },
          'paused',
        );
      case 'resume':
        return this.#logger.info({ type: order.type, ...about }, 'resumed');
      case 'mark':
        return;
      default:
        return order satisfies never;
    }
  }

  over(type: string): void {
    this.#logger.info({ type }, 'resumed: the time of its pause is over');
  }

  /** An entry that is no order, or from somebody who may give none. */
  refused({ offset, message }: Delivery, reason: string): void {
    const from = { user: message.properties.userId, offset, reason };
    this.#complaints.say(from, 'an entry of the control log is no order; it is left aside');
  }

  full({ order, by }: GivenOrder): void {
    this.#logger.error({ by, operation: order.operation }, 'too many types are paused: this pause is not obeyed');
  }

  forgotten(kept: number): void {
    if (this.#hasForgotten) return;
    this.#hasForgotten = true;
    this.#logger.warn({ kept }, 'more workitems are cancelled than can be kept in mind: the oldest are forgotten');
  }
}

function fieldsOf({ type, by, reason, since, untilMs }: Pause): LogFields {
  return { type, by, reason, since: timeText(since), until: timeText(untilMs) };
}

const timeText = (ms: number | null): string => (ms === null ? 'somebody resumes it' : new Date(ms).toISOString());
