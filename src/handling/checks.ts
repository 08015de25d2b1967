// What keeps a message from being handled at all, whatever its type: the dispatcher and the pool hold every message
// against the same list. Pure. A refusal parks the message with its reason.

import { isOwnQueue, MAX_DELAY_SECONDS } from '../broker/topology.ts';
import { formatDuration } from '../core/duration.ts';
import { formatSize } from '../core/size.ts';
import { printable } from '../core/text.ts';
import { uncarriableReason } from '../workitem/carriable.ts';
import { HEADER, type ParkReason, RESERVED, wholeNumber } from '../workitem/headers.ts';
import type { Message } from '../workitem/message.ts';

export interface Refusal {
  readonly reason: ParkReason;
  /** One sentence. */
  readonly error: string;
}

/** Not where the answer would come back to us, nor where nobody can read whom it is for. */
export function mayTellSender({ reason }: Refusal): boolean {
  return reason !== 'loop' && reason !== 'uncarriable';
}

interface Limits {
  /** bytes */
  readonly maxMessageSize: number;
  /** ms since 1970 */
  readonly now: number;
}

export function refusalOf(message: Message, limits: Limits): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(message, limits);
    if (refusal) return refusal;
  }
  return undefined;
}

type Check = (message: Message, limits: Limits) => Refusal | undefined;

const isCarriable: Check = (message) => {
  const error = uncarriableReason(message);
  return error === undefined ? undefined : { reason: 'uncarriable', error };
};

const isWithinSize: Check = ({ body }, { maxMessageSize }) =>
  body.length <= maxMessageSize
    ? undefined
    : {
        reason: 'too-large',
        error: `the body has ${body.length} bytes, more than max_message_size = ${formatSize(maxMessageSize)} allows`,
      };

const asksForNothingReserved: Check = ({ headers }) => {
  const reserved = RESERVED.find((name) => name in headers);
  return reserved === undefined
    ? undefined
    : { reason: 'not-supported', error: `header ${reserved}: not supported by this version` };
};

/** Our own numbers are counters; a sender's wish that is no number can't be fulfilled, and must not be ignored. */
const hasReadableWishes: Check = ({ headers }) => {
  const odd = WISHES.find((name) => name in headers && wholeNumber(headers[name]) === undefined);
  return odd === undefined ? undefined : { reason: 'invalid', error: `header ${odd} is no whole number` };
};

const WISHES = [HEADER.due, HEADER.expires, HEADER.maxAttempts, HEADER.timeout];

const isDueInReach: Check = ({ headers }, { now }) => {
  const due = wholeNumber(headers[HEADER.due]);
  return due === undefined || due - now <= MAX_DELAY_SECONDS * 1000
    ? undefined
    : {
        reason: 'invalid',
        error: `header ${HEADER.due} lies more than 17 years ahead (${formatDuration(wholeDays(due - now))})`,
      };
};

const DAY_MS = 86_400_000;
const wholeDays = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;

const answersElsewhere: Check = ({ properties: { replyTo } }) =>
  replyTo === undefined || !isOwnQueue(replyTo)
    ? undefined
    : { reason: 'loop', error: `reply_to "${printable(replyTo)}" would bring the result back into the task queue` };

/** `answersElsewhere` comes before whatever is told to the sender: that, too, would come back into the task queue. */
const CHECKS: readonly Check[] = [
  isCarriable,
  answersElsewhere,
  isWithinSize,
  asksForNothingReserved,
  hasReadableWishes,
  isDueInReach,
];

/** @param count how often the broker had to deliver it again */
export function redeliveredTooOften(count: number): Refusal {
  const error = `delivered again ${count} times: whatever had it died or lost its connection each time`;
  return { reason: 'redelivered', error };
}
