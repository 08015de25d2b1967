// The door for orders: an entry of the control log may have been written by anybody. What comes out was sent by somebody who
// was allowed to, is bounded, and has the type that it claims. Pure.
import { orderRoute } from '../broker/topology.ts';
import { type Check, name, prose, record, refuse, union, wholeNumber } from '../workitem/check.ts';
import { parseJson } from '../workitem/json.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { version } from './check-answer.ts';
import { LIMITS } from './limits.ts';
import type { GivenOrder, Order } from './order.ts';
import { type Posted, senderOf } from './provenance.ts';

/** @throws TaskqueueError `PROTOCOL` or `UNREADABLE`: it is no order, or from somebody who may give none of this kind */
export function checkOrder(posted: Posted): GivenOrder {
  const { body, properties } = posted.message;
  if (body.length > LIMITS.requestBytes) refuse('the order', `at most ${LIMITS.requestBytes} bytes`, body.length);
  const given = order(parseJson(body), 'the order');
  const by = senderOf(posted, orderRoute(given.kind));
  return { order: given, by, replyTo: properties.replyTo ?? null };
}

/** Programs act on it, so it is not cut; there is no order about nothing. */
const id: Check<string> = (value, where) =>
  value === '' ? refuse(where, 'a text that is not empty', value) : name(LIMITS.id)(value, where);

const workerType: Check<string> = (value, where) =>
  isWorkerType(value) ? value : refuse(where, `a worker type (${WORKER_TYPE_RULE})`, value);

/** As far as a Date reaches. */
const time: Check<number> = (value, where) =>
  wholeNumber(value, where) <= 8.64e15 ? (value as number) : refuse(where, 'a time in ms since 1970', value);

const timeOrNever: Check<number | null> = (value, where) => (value === null ? null : time(value, where));

const about = { v: version, operation: id, at: time, reason: prose(LIMITS.reason) };

const order = union<Order>({
  cancel: record({ ...about, id }),
  pause: record({ ...about, type: workerType, untilMs: timeOrNever }),
  resume: record({ ...about, type: workerType }),
  repeat: record({ ...about, type: workerType, untilMs: timeOrNever, by: id, upTo: wholeNumber }),
  mark: record(about),
});
