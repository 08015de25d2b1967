// What becomes of a parked message that an operator sends again: a workitem begins a new life at the queue of its type, a
// result is sent to where it was to go. Pure.
import type { Outgoing } from '../broker/broker.ts';
import { isOwnQueue, TASKQUEUE, workerQueue } from '../broker/topology.ts';
import { toQueue } from '../handling/to-queue.ts';
import { HEADER, wholeNumber } from '../workitem/headers.ts';
import type { Headers, Message } from '../workitem/message.ts';
import { newId } from '../workitem/new-id.ts';
import { withoutParking } from '../workitem/parked.ts';
import { relayed } from '../workitem/relay.ts';
import { isWorkerType } from '../workitem/worker-type.ts';
import { factsOf } from './facts.ts';

export type Requeue =
  /** `run`: its new life, where it begins one that we can name. */
  | { readonly kind: 'send'; readonly outgoing: Outgoing; readonly run: string | null }
  | { readonly kind: 'refused'; readonly why: string };

interface RequeueOptions {
  /** ms since 1970 */
  readonly now: number;
  /** Its sender's `tq-expires` no longer counts. */
  readonly withoutExpiry: boolean;
}

export function requeueOf(message: Message, options: RequeueOptions): Requeue {
  if (HEADER.original in message.headers) {
    return refused(`its headers could not be kept as they were, only as JSON in ${HEADER.original}: send it anew`);
  }
  return factsOf(message).kind === 'result' ? resultAgain(message) : workitemAgain(message, options);
}

function resultAgain(message: Message): Requeue {
  const queue = factsOf(message).queue;
  if (queue === '') return refused(`the header ${HEADER.queue} does not say where this result is to go`);
  if (isOwnQueue(queue)) return refused(`a result sent to ${queue} would come back into the task queue`);
  return send(message, {}, queue, null);
}

function workitemAgain(message: Message, { now, withoutExpiry }: RequeueOptions): Requeue {
  const expires = wholeNumber(message.headers[HEADER.expires]);
  if (expires !== undefined && expires <= now && !withoutExpiry) {
    return refused(`it expired on ${new Date(expires).toISOString()}; --without-expiry sends it all the same`);
  }
  const type = [HEADER.type, HEADER.routed].map((name) => message.headers[name]).find((value) => value !== undefined);
  const expiry = withoutExpiry ? { [HEADER.expires]: undefined } : {};
  // Where nobody knows its type, the dispatcher has to read it anew. It believes no header of ours, tq-run-of neither: it comes
  // through the same exchange and queue as what anybody sends, and nothing on it could not be forged – to escape a cancel, say.
  if (!isWorkerType(type)) return send(message, expiry, TASKQUEUE, null);
  const run = newId();
  return send(message, { ...expiry, ...newLife(message.headers, run, now) }, workerQueue(type), run);
}

/** Nothing that happened to it before counts any more. */
function newLife(headers: Headers, run: string, now: number): Headers {
  return {
    [HEADER.run]: run,
    [HEADER.runOf]: headers[HEADER.run],
    [HEADER.accepted]: now,
    [HEADER.queued]: now,
    [HEADER.attempt]: 1,
    [HEADER.crashes]: undefined,
    [HEADER.suspicions]: undefined,
    [HEADER.postponements]: undefined,
    [HEADER.redeliveries]: undefined,
  };
}

function send(message: Message, changes: Headers, queue: string, run: string | null): Requeue {
  return { kind: 'send', outgoing: toQueue(relayed(withoutParking(message), changes), queue), run };
}

function refused(why: string): Requeue {
  return { kind: 'refused', why };
}
