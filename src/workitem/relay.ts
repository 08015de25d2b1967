// What travels on when a message is published again: the body byte for byte, what the sender said, and our own headers.
// Pure. What must not be copied is left out here, and nowhere else.
import { newId } from './envelope.ts';
import { HEADER, isFromSender, wholeNumber } from './headers.ts';
import type { Headers, Message, Properties } from './message.ts';

export interface Changes {
  /** Set in addition to what is there; `undefined` takes one away. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly messageId?: string;
}

/**
 * The message as it is published again. What has an `expiration` must go through `accepted` or `begun` first: it is not
 * copied, since on a queue of ours it would destroy what waits there.
 */
export function relayed(message: Message, changes: Changes): Message {
  const user = message.properties.userId;
  const headers = Object.entries(message.headers).filter(([name]) => travels(name));
  const noted = user === undefined || HEADER.user in message.headers ? [] : [[HEADER.user, user] as const];
  const changed = [...headers, ...noted, ...Object.entries(changes.headers)];
  return {
    properties: travellingProperties(message.properties, changes.messageId),
    headers: withoutAbsent(Object.fromEntries(changed)), // fromEntries: a header may be called `__proto__`
    body: message.body,
  };
}

/** `user_id` of another login kills the channel that publishes it; `delivery_mode`: nothing of ours may be forgotten. */
function travellingProperties(properties: Properties, messageId: string | undefined): Properties {
  const { userId, expiration, ...travelling } = properties;
  return { ...travelling, ...(messageId === undefined ? {} : { messageId }), deliveryMode: 2 };
}

function withoutAbsent(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
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
  return begun(withoutForgeries(message), now);
}

/** Without the headers of ours that a sender may not set. */
export function withoutForgeries(message: Message): Message {
  const headers = Object.entries(message.headers).filter(([name]) => isFromSender(name));
  return { ...message, headers: Object.fromEntries(headers) };
}

/** The message with a life: where it has none yet, it begins now. What the broker would expire, we expire from here on. */
export function begun(message: Message, now: number): Message {
  const { expiration, ...properties } = message.properties;
  const run = HEADER.run in message.headers ? {} : { [HEADER.run]: newId() };
  const headers = Object.fromEntries([
    ...Object.entries({ ...run, [HEADER.accepted]: now }),
    ...Object.entries(message.headers),
    ...Object.entries(expiry(expiration, message.headers, now)),
  ]);
  return { ...message, properties, headers };
}

/** The earlier of the two: what `expiration` leaves from now on, and the `tq-expires` that is there already. */
function expiry(expiration: string | undefined, headers: Headers, now: number): Headers {
  const leftMs = wholeNumber(expiration);
  if (leftMs === undefined || !Number.isSafeInteger(now + leftMs)) return {};
  if (!Object.hasOwn(headers, HEADER.expires)) return { [HEADER.expires]: now + leftMs };
  const wished = wholeNumber(headers[HEADER.expires]);
  return wished !== undefined && now + leftMs < wished ? { [HEADER.expires]: now + leftMs } : {};
}
