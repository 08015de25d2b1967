// What travels on when a message is published again: the body byte for byte, what the sender said, and our own headers.
// Pure. What must not be copied is left out here, and nowhere else.
import { type HeaderTable, put, tableOf } from './header-table.ts';
import { HEADER, isFromSender, wholeNumber } from './headers.ts';
import type { Headers, Message, Properties } from './message.ts';
import { newId } from './new-id.ts';

/**
 * The message as it is published again. What has an `expiration` must go through `accepted` or `begun` first: it is not
 * copied, since on a queue of ours it would destroy what waits there.
 * @param changes headers that are set in addition to what is there; `undefined` takes one away
 */
export function relayed(message: Message, changes: Headers = {}): Message {
  const { properties, headers, body } = message;
  const table = tableOf(headers, (name) => travels(name) && !Object.hasOwn(changes, name));
  const { userId } = properties;
  if (userId !== undefined && !(HEADER.user in headers)) put(table, HEADER.user, userId);
  for (const name of Object.keys(changes)) {
    const value = changes[name];
    if (value !== undefined) put(table, name, value);
  }
  return { properties: travellingProperties(properties), headers: table, body };
}

/** `user_id` of another login kills the channel that publishes it; `delivery_mode`: nothing of ours may be forgotten. */
function travellingProperties(properties: Properties): Properties {
  const onward = copyOf(properties, (name) => name !== 'userId' && name !== 'expiration');
  onward.deliveryMode = 2;
  return onward;
}

/** The message under this id. */
export function identified({ properties, headers, body }: Message, messageId: string): Message {
  const named = copyOf(properties, all);
  named.messageId = messageId;
  return { properties: named, headers, body };
}

/** One by one, for the reason that `header-table.ts` gives. */
function copyOf(
  properties: Properties,
  isKept: (name: string) => boolean,
): { -readonly [K in keyof Properties]: Properties[K] } {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(properties) as (keyof Properties)[]) {
    if (isKept(name)) copy[name] = properties[name];
  }
  return copy;
}

/**
 * False for headers that belong to the hop behind us: `CC` and `BCC` would send copies elsewhere and hide a missing
 * queue; with a copied `x-death` the message vanishes on its next way through the delay levels.
 */
export function travels(name: string): boolean {
  return !STAYING.has(name) && !name.startsWith('x-first-death-') && !name.startsWith('x-last-death-');
}

const STAYING: ReadonlySet<string> = new Set([
  'CC',
  'BCC',
  'x-death',
  'x-delivery-count',
  HEADER.publish,
  HEADER.lease,
]);

/** The message as it enters from outside, through `taskqueue`: nothing that only we may say is believed, and its life begins. */
export function accepted(message: Message, now: number): Message {
  return alive(message, tableOf(message.headers, isFromSender), now);
}

/** Without the headers of ours that a sender may not set. */
export function withoutForgeries(message: Message): Message {
  return { ...message, headers: tableOf(message.headers, isFromSender) };
}

/** Whoever has it made may add to its headers. */
interface Begun extends Message {
  readonly headers: HeaderTable;
}

/** The message with a life: where it has none yet, it begins now. What the broker would expire, we expire from here on. */
export function begun(message: Message, now: number): Begun {
  return alive(message, tableOf(message.headers, all), now);
}

const all = (): boolean => true;

function alive({ properties, body }: Message, headers: HeaderTable, now: number): Begun {
  if (!(HEADER.run in headers)) put(headers, HEADER.run, newId());
  if (!(HEADER.accepted in headers)) put(headers, HEADER.accepted, now);
  if (properties.expiration === undefined) return { properties, headers, body };
  const { expiration, ...others } = properties;
  const expires = earlierExpiry(expiration, headers, now);
  if (expires !== undefined) put(headers, HEADER.expires, expires);
  return { properties: others, headers, body };
}

/** What `expiration` leaves from now on, where that is earlier than the `tq-expires` that is there already. */
function earlierExpiry(expiration: string, headers: Headers, now: number): number | undefined {
  const leftMs = wholeNumber(expiration);
  if (leftMs === undefined || !Number.isSafeInteger(now + leftMs)) return undefined;
  if (!Object.hasOwn(headers, HEADER.expires)) return now + leftMs;
  const wished = wholeNumber(headers[HEADER.expires]);
  return wished !== undefined && now + leftMs < wished ? now + leftMs : undefined;
}
