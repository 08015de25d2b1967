// What becomes of one message in `taskqueue.unroutable`. Pure.
import { workerQueue } from '../broker/topology.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

export type SweepDecision =
  /** Its queue is there (again). */
  | { readonly kind: 'move'; readonly queue: string }
  /** Back, for another round. `since`: when it was set aside, which a message from the delay levels does not know. */
  | { readonly kind: 'keep'; readonly queue: string; readonly since: number }
  /** Long enough: an operator has to look at it. */
  | { readonly kind: 'park'; readonly queue: string }
  /** A result whose reply queue has been gone for too long. */
  | { readonly kind: 'drop'; readonly queue: string };

/** @param hasQueue answers for the queue that `targetOf` names */
export function sweepDecision(message: Message, hasQueue: boolean, ttlMs: number, now: number): SweepDecision {
  const queue = targetOf(message);
  if (hasQueue) return { kind: 'move', queue };
  const since = setAsideAt(message) ?? now;
  if (now - since < ttlMs) return { kind: 'keep', queue, since };
  return { kind: message.headers[HEADER.kind] === 'result' ? 'drop' : 'park', queue };
}

/** The queue that a message in `taskqueue.unroutable` is for; '' where it says nothing of the kind. */
export function targetOf({ headers }: Message): string {
  const queue = headers[HEADER.queue];
  if (typeof queue === 'string') return queue;
  const type = headers[HEADER.type] ?? headers[HEADER.routed];
  return typeof type === 'string' ? workerQueue(type) : '';
}

function setAsideAt({ headers }: Message): number | undefined {
  const when = headers[HEADER.when];
  const at = typeof when === 'string' ? Date.parse(when) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** The message as it was before it was set aside. */
export function withoutStory(message: Message): Message {
  const headers = Object.entries(message.headers).filter(([name]) => !STORY.has(name));
  return { ...message, headers: Object.fromEntries(headers) };
}

const STORY: ReadonlySet<string> = new Set([
  HEADER.reason,
  HEADER.error,
  HEADER.when,
  HEADER.where,
  HEADER.queue,
  HEADER.kind,
]);
