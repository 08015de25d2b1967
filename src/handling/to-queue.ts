// Straight into a queue, by the default exchange. Pure.
import type { Outgoing } from '../broker/broker.ts';
import { isReplyAddress } from '../broker/topology.ts';
import type { Message } from '../workitem/message.ts';

/** A message on its way into a queue; the broker says so where there is none. */
export function toQueue({ properties, headers, body }: Message, queue: string): Outgoing {
  return { exchange: '', routingKey: queue, mandatory: isMandatory(queue), properties, headers, body };
}

/** Brokers before 4.2 return mandatory messages to reply addresses that they have delivered. */
export function isMandatory(queue: string): boolean {
  return !isReplyAddress(queue);
}
