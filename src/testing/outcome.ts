// How a workitem ended, put together from what is in the queues at the end and from what was told on the way. Pure.
import type { ResultStatus } from '../handling/result.ts';
import { contentOf } from '../workitem/content.ts';
import { HEADER } from '../workitem/headers.ts';
import { ownValue } from '../workitem/json.ts';
import type { Headers, Message } from '../workitem/message.ts';

/** Why a workitem is kept in `taskqueue.dead`. */
export interface Parked {
  /** One word: `failed`, `crashed`, `rejected`, `unreadable`, … */
  readonly reason: string;
  readonly error: string;
}

/** A result as its receiver gets it. */
interface Result {
  /** From JSON its value; from text a string; from anything else a Buffer. */
  readonly value: unknown;
  /** Why the body is not what `contentType` says, and `value` therefore a Buffer; `null`: it is. */
  readonly unreadable: string | null;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers: Headers;
  /** 1 = it was the first. */
  readonly attempt: number;
}

export type Outcome =
  /** `value` is `undefined` where no result was published. */
  | ({ readonly status: 'finished' } & Result)
  /** `parked`: it is in `taskqueue.dead` as well, or `null`. */
  | ({
      readonly status: 'failed';
      readonly error: string;
      readonly trace: string;
      readonly parked: Parked | null;
    } & Result)
  | { readonly status: 'expired' | 'cancelled'; readonly error: string }
  /** No worker could work on it, or one has rejected it. */
  | { readonly status: 'parked'; readonly parked: Parked }
  /** There is no worker of its type. */
  | { readonly status: 'unroutable' };

/** What is known of one workitem. */
export interface Traces {
  readonly result?: Message;
  readonly parked?: Message;
  readonly isUnroutable?: boolean;
  /** The event that told its end. */
  readonly told?: { readonly kind: 'finished' | 'failed' | 'expired' | 'cancelled'; readonly error: string };
}

/** `undefined`: it has not ended. */
export function outcomeOf({ result, parked, isUnroutable, told }: Traces): Outcome | undefined {
  const why = parked && parkedOf(parked);
  const error = why?.error ?? told?.error ?? '';
  const status = (result?.headers[HEADER.status] as ResultStatus | undefined) ?? told?.kind;
  switch (status) {
    case 'finished':
      return { status, ...resultOf(result) };
    case 'failed':
      if (result && HEADER.reason in result.headers) return { status: 'parked', parked: why ?? parkedOf(result) };
      return { status, error, trace: traceIn(result, parked), parked: why ?? null, ...resultOf(result) };
    case 'expired':
    case 'cancelled':
      return { status, error };
    default:
      if (why) return { status: 'parked', parked: why };
      return isUnroutable ? { status: 'unroutable' } : undefined;
  }
}

function parkedOf({ headers }: Message): Parked {
  return { reason: textOf(headers[HEADER.reason]), error: textOf(headers[HEADER.error]) };
}

const NO_RESULT: Result = {
  value: undefined,
  unreadable: null,
  contentType: '',
  body: Buffer.alloc(0),
  headers: {},
  attempt: 1,
};

function resultOf(result: Message | undefined): Result {
  if (!result) return NO_RESULT;
  const { properties, headers, body } = result;
  const about = { contentType: properties.contentType ?? '', body, headers };
  const content = contentOf(result);
  const [value, unreadable] = content.isReadable ? [content.value, null] : [body, content.why];
  return { value, unreadable, ...about, attempt: Number(headers[HEADER.attempt] ?? 1) };
}

function traceIn(result: Message | undefined, parked: Message | undefined): string {
  const content = result && contentOf(result);
  const inBody = content?.isReadable ? ownValue(content.value, 'trace') : undefined;
  return textOf(inBody ?? parked?.headers[HEADER.trace]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
