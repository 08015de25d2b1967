// Waiting happens in the broker: a message for later is published into the delay levels, which bring it to its queue.
import type { Outgoing } from '../broker/broker.ts';
import { delayRoute, MAX_DELAY_SECONDS } from '../broker/topology.ts';
import type { Message } from '../workitem/message.ts';

/** The message, to arrive in `queue` after `delayMs`, as `inTheBroker` rounds it. */
export function later(message: Message, queue: string, delayMs: number): Outgoing {
  return { ...message, ...delayRoute(secondsFor(delayMs), queue), mandatory: true };
}

/** How long what shall wait for `delayMs` does wait: whole seconds, at least one. */
export function inTheBroker(delayMs: number): number {
  return secondsFor(delayMs) * 1000;
}

function secondsFor(delayMs: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(1, Math.ceil(delayMs / 1000)));
}
