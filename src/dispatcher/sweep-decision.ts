// What becomes of one message in `taskqueue.unroutable`. Pure.
import { isReplyAddress, workerQueue } from '../broker/topology.ts';
import { HEADER } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

export type SweepDecision =
  /** Its queue is there (again). */
  | { readonly kind: 'move' }
  /** Back, for another round. `since`: when it was set aside, which a message from the delay levels does not know. */
  | { readonly kind: 'keep'; readonly since: number }
  /** Long enough: an operator has to look at it. */
  | { readonly kind: 'park' }
  /** A result whose reply queue has been gone for too long, or whose reader is gone, with an address that nobody else gets. */
  | { readonly kind: 'drop' };

/** `refusing`: it is there, but does not take this message. */
export type TargetState = 'there' | 'missing' | 'refusing';

/** @param target the state of the queue that `targetOf` names */
export function sweepDecision(message: Message, target: TargetState, ttlMs: number, now: number): SweepDecision {
  if (target === 'there') return { kind: 'move' };
  if (target === 'missing' && isResult(message) && isReplyAddress(targetOf(message))) return { kind: 'drop' };
  const since = setAsideAt(message, now);
  if (now - since < ttlMs) return { kind: 'keep', since };
  return { kind: isResult(message) && target === 'missing' ? 'drop' : 'park' };
}

export function isResult({ headers }: Message): boolean {
  return headers[HEADER.kind] === 'result';
}

/** The queue that a message in `taskqueue.unroutable` is for; '' where it says nothing of the kind. */
export function targetOf({ headers }: Message): string {
  const queue = headers[HEADER.queue];
  if (typeof queue === 'string') return queue;
  const type = headers[HEADER.type] ?? headers[HEADER.routed];
  return typeof type === 'string' ? workerQueue(type) : '';
}

/** Never in the future, whatever it says: else it would stay for ever. */
function setAsideAt({ headers }: Message, now: number): number {
  const when = headers[HEADER.when];
  const at = typeof when === 'string' ? Date.parse(when) : Number.NaN;
  return Number.isNaN(at) ? now : Math.min(at, now);
}
