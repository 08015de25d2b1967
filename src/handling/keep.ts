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
import { placeOf, type Tools } from './tools.ts';

/** Why something is parked, without what is the same for all that this daemon parks. */
export type Why = Pick<Parking, 'reason' | 'error' | 'queue'> & { readonly extra?: Headers };

/** Into `taskqueue.dead`. False where the delivery was gone first: then the broker has the workitem. */
export async function park(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  why: Why,
): Promise<boolean> {
  return keep(tools, delivery, explained(tools, message, why), DEAD);
}

/** Into `taskqueue.unroutable`, from where the sweep moves it on. */
export async function setAside(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  why: Why,
): Promise<boolean> {
  return keep(tools, delivery, explained(tools, message, why), UNROUTABLE);
}

function explained(tools: Tools, message: Message, why: Why): Message {
  return parkedMessage(message, { ...why, where: placeOf(tools), now: tools.clock.now(), extra: why.extra ?? {} });
}

const LONGEST_PAUSE_MS = 30_000;

/** Publishes to one of our own queues until it is confirmed there. */
export async function keep(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  message: Message,
  queue: string,
): Promise<boolean> {
  return publishForCertain(tools, delivery, { ...message, exchange: '', routingKey: queue, mandatory: true });
}

/** As `keep`, for any route through the internal exchanges. */
export async function publishForCertain(
  tools: Tools,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
): Promise<boolean> {
  const { broker, clock, logger } = tools;
  for (let attempt = 1; ; attempt++) {
    const outcome = await publishUntilKnown(broker, clock, delivery, outgoing);
    if (outcome.kind === 'confirmed') return true;
    if (outcome.kind === 'gone') return false;
    const fields = {
      workitem: outgoing.properties.messageId,
      type: outgoing.headers[HEADER.type] as string | undefined,
    };
    logger.warn({ ...fields, queue: outgoing.routingKey, reason: outcome.reason }, `${outcome.kind}: trying again`);
    if (outcome.kind === 'returned') await broker.declare(internalDeclarations());
    await pause(clock, backoffMs(attempt, 100, LONGEST_PAUSE_MS));
  }
}
