// What is put into `taskqueue.dead` and `taskqueue.unroutable`: the message as it was, and why it is there, readable by
// a person. Always something that can be written: parking is what happens when everything else did not work. Pure.
import { cutToBytes, printable } from '../core/text.ts';
import { propertyFault, uncarriableReason } from './carriable.ts';
import { HEADER, type ParkReason } from './headers.ts';
import { jsonCopy } from './json-copy.ts';
import type { Headers, Message, Properties } from './message.ts';
import { begun, relayed } from './relay.ts';

export interface Parking {
  readonly reason: ParkReason;
  /** One sentence, for people. */
  readonly error: string;
  /** The queue that it was taken from, or is for. */
  readonly queue: string;
  /** Host and daemon. */
  readonly where: string;
  /** ms since 1970 */
  readonly now: number;
  /** More headers of ours, `tq-trace` for example. Texts in them are cut to 8 KiB. */
  readonly extra?: Headers;
}

const MAX_SHORT_BYTES = 255;
const MAX_ERROR_BYTES = 1024;
const MAX_EXTRA_BYTES = 8 * 1024;
const MAX_ORIGINAL_BYTES = 16 * 1024;

/** What comes from outside must have been `accepted` before, so that no header of ours is forged. */
export function parkedMessage(message: Message, parking: Parking): Message {
  const alive = begun(message, parking.now);
  const story = { ...storyOf(parking), ...ownReason(message, parking) };
  const extra = mapValues(parking.extra ?? {}, (value) => fitting(value, MAX_EXTRA_BYTES));
  const brief = Object.fromEntries(Object.entries(extra).filter(([, value]) => isSmall(value)));
  return (
    ifCarriable(relayed(alive, { ...extra, ...story })) ??
    ifCarriable(relayed(alive, { ...brief, ...story })) ?? // so that its own headers need not go
    ifCarriable(withoutItsHeaders(alive, { ...extra, ...story })) ??
    withoutItsHeaders(alive, story)
  );
}

function ifCarriable(message: Message): Message | undefined {
  return uncarriableReason(message) === undefined ? message : undefined;
}

function storyOf({ reason, error, queue, where, now }: Parking): Headers {
  return {
    [HEADER.reason]: reason,
    [HEADER.error]: fittingText(printable(cutToBytes(error, MAX_ERROR_BYTES)), MAX_ERROR_BYTES),
    [HEADER.when]: new Date(now).toISOString(),
    [HEADER.where]: fittingText(printable(where), MAX_SHORT_BYTES),
    [HEADER.queue]: fittingText(queue, MAX_SHORT_BYTES),
  };
}

/** A failed result says why its workitem is parked: that must not be lost under the reason why the result itself is. */
function ownReason({ headers }: Message, { extra }: Parking): Headers {
  const reason = headers[HEADER.reason];
  const isOwn = extra?.[HEADER.kind] === 'result' && !(HEADER.when in headers) && typeof reason === 'string';
  return isOwn ? { [HEADER.resultReason]: fittingText(reason, MAX_SHORT_BYTES) } : {};
}

/** Headers that cannot be written are told as JSON; of our own, those stay that can. */
function withoutItsHeaders({ properties, headers, body }: Message, story: Headers): Message {
  const ours = Object.fromEntries(OURS.filter((name) => isSmall(headers[name])).map((name) => [name, headers[name]]));
  const user =
    properties.userId === undefined ? {} : { [HEADER.user]: fittingText(properties.userId, MAX_SHORT_BYTES) };
  const original = { [HEADER.original]: cutToBytes(jsonCopy(headers), MAX_ORIGINAL_BYTES) };
  return { properties: fittingProperties(properties), headers: { ...user, ...ours, ...original, ...story }, body };
}

/** All but `tq-publish`, which belongs to one hop, and copies of copies. */
const OURS = Object.values(HEADER).filter((name) => name !== HEADER.publish && name !== HEADER.original);

function isSmall(value: unknown): boolean {
  if (typeof value === 'string') return fittingText(value, MAX_SHORT_BYTES) === value;
  return typeof value === 'boolean' || Number.isSafeInteger(value);
}

/** A damaged `reply_to` would name another queue: it is left out. */
function fittingProperties({ userId, expiration, ...properties }: Properties): Properties {
  const { replyTo } = properties;
  const kept = Object.entries(properties)
    .map(([name, value]) => [name, typeof value === 'string' ? fittingText(value, MAX_SHORT_BYTES) : value] as const)
    .filter(([name, value]) => propertyFault(name, value) === undefined && (name !== 'replyTo' || value === replyTo));
  return { ...Object.fromEntries(kept), deliveryMode: 2 };
}

function fitting(value: unknown, maxBytes: number): unknown {
  return typeof value === 'string' ? fittingText(value, maxBytes) : value;
}

/** Without what tells that text was damaged before: it has been told. */
function fittingText(text: string, maxBytes: number): string {
  return cutToBytes(cutToBytes(text, Infinity).replaceAll('\ufffd', '?'), maxBytes);
}

function mapValues(headers: Headers, change: (value: unknown) => unknown): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(value)]));
}

/** The message as it was before it was parked, for another try. */
export function withoutParking(message: Message): Message {
  const headers = Object.entries(message.headers).filter(([name]) => !STORY.has(name));
  const reason = message.headers[HEADER.resultReason];
  const own = reason === undefined ? [] : [[HEADER.reason, reason] as const];
  return { ...message, headers: Object.fromEntries([...headers, ...own]) };
}

const STORY: ReadonlySet<string> = new Set([
  HEADER.kind,
  HEADER.reason,
  HEADER.resultReason,
  HEADER.error,
  HEADER.when,
  HEADER.where,
  HEADER.queue,
  HEADER.reported,
  HEADER.trace,
]);
