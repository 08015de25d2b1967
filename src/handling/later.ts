// Waiting happens in the broker: a message for later is published into the delay levels, which bring it to its queue.
import type { Outgoing } from '../broker/broker.ts';
import { delayRoute, MAX_DELAY_SECONDS } from '../broker/topology.ts';
import type { Message } from '../workitem/message.ts';

/** The message, to arrive in `queue` after `delayMs`: rounded up to whole seconds, at least one. */
export function later(message: Message, queue: string, delayMs: number): Outgoing {
  const seconds = Math.min(MAX_DELAY_SECONDS, Math.max(1, Math.ceil(delayMs / 1000)));
  return { ...message, ...delayRoute(seconds, queue), mandatory: true };
}
