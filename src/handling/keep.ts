// Where nothing may be lost: publishing to the internal queues goes on until the broker has confirmed it, or until the
// delivery is no longer ours.

import type { Delivery, Outgoing } from '../broker/broker.ts';
import { DEAD, internalDeclarations, UNROUTABLE } from '../broker/topology.ts';
import { backoffMs } from '../core/backoff.ts';
import { pause } from '../core/clock.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Headers, Message } from '../workitem/message.ts';
import { type Parking, parkedMessage } from '../workitem/parked.ts';
import { publishUntilKnown } from './publish-until-known.ts';
import { toQueue } from './to-queue.ts';
import { placeOf, type Tools } from './tools.ts';

/** Why something is parked, without what is the same for all that this daemon parks. */
type Why = Pick<Parking, 'reason' | 'error' | 'queue'> & { readonly extra?: Headers };

type Held = Pick<Delivery, 'isOpen'>;

/** Into `taskqueue.dead`. False where the delivery was gone first: then the broker has the workitem. */
export async function park(tools: Tools, delivery: Held, message: Message, why: Why): Promise<boolean> {
  return keep(tools, delivery, explained(tools, message, why), DEAD);
}

/** Into `taskqueue.unroutable`, from where the sweep moves it on. */
export async function setAside(tools: Tools, delivery: Held, message: Message, why: Why): Promise<boolean> {
  return keep(tools, delivery, explained(tools, message, why), UNROUTABLE);
}

function explained(tools: Tools, message: Message, why: Why): Message {
  return parkedMessage(message, { ...why, where: placeOf(tools), now: tools.clock.now(), extra: why.extra ?? {} });
}

/** Publishes to one of our own queues until it is confirmed there. */
export async function keep(tools: Tools, delivery: Held, message: Message, queue: string): Promise<boolean> {
  return publishForCertain(tools, delivery, toQueue(message, queue));
}

const LONGEST_PAUSE_MS = 30_000;

/** As `keep`, for any route through the internal exchanges. What can't be written there is parked instead. */
export async function publishForCertain(tools: Tools, delivery: Held, outgoing: Outgoing): Promise<boolean> {
  const { broker, clock, logger } = tools;
  const { properties, headers, exchange, routingKey } = outgoing;
  for (let attempt = 1; ; attempt++) {
    const outcome = await publishUntilKnown(broker, clock, delivery, outgoing);
    if (outcome.kind === 'confirmed') return true;
    if (outcome.kind === 'gone') return false;
    if (outcome.kind === 'unwritable' && routingKey !== DEAD) {
      return park(tools, delivery, outgoing, { reason: 'uncarriable', error: outcome.reason, queue: routingKey });
    }
    const fields = { workitem: properties.messageId, type: headers[HEADER.type] as string | undefined };
    // Returned once is no news: a daemon that has just started may still be declaring what this goes through.
    const level = outcome.kind === 'returned' && attempt === 1 ? 'debug' : 'warn';
    logger[level]({ ...fields, queue: routingKey, reason: outcome.reason }, 'not kept by the broker yet: trying again');
    // A missing queue shows as `returned`, a missing exchange as `refused`.
    if (outcome.kind === 'returned' || exchange !== '') await broker.declare(internalDeclarations());
    await pause(clock, backoffMs(attempt, 100, LONGEST_PAUSE_MS));
  }
}
