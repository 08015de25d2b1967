// A workitem as it arrives at the pool: what the steps between delivery and handler look at.
import type { Cancellation } from '../control/standing.ts';
import type { Refusal } from '../handling/checks.ts';
import type { Counts } from '../retry/policy.ts';
import { counter, HEADER } from '../workitem/headers.ts';
import type { Headers, Message } from '../workitem/message.ts';

export interface Arrival {
  readonly message: Message;
  /** The broker says that it has delivered this before. */
  readonly redelivered: boolean;
  readonly counts: Counts;
  /** Somebody has ordered that it is not to be worked on. */
  readonly cancellation: Cancellation | undefined;
  /** ms since 1970 */
  readonly now: number;
  /** bytes */
  readonly maxMessageSize: number;
}

/** Why a workitem is not handed to a worker now. */
export type Diversion =
  | { readonly kind: 'park'; readonly refusal: Refusal }
  | { readonly kind: 'cancel'; readonly cancellation: Cancellation }
  | { readonly kind: 'expire' }
  /** Not before `untilMs`. */
  | { readonly kind: 'postpone'; readonly untilMs: number }
  /** To be published anew with this count, so that no broker's own limit of deliveries is ever reached. */
  | { readonly kind: 'recount'; readonly redeliveries: number };

/** `undefined`: go on to the next step. */
export type Step = (arrival: Arrival) => Diversion | undefined;

export function countsOf(headers: Headers): Counts {
  return {
    attempt: Math.max(1, counter(headers, HEADER.attempt, 1)),
    crashes: counter(headers, HEADER.crashes),
    suspicions: counter(headers, HEADER.suspicions),
    postponements: counter(headers, HEADER.postponements),
    redeliveries: counter(headers, HEADER.redeliveries),
  };
}
