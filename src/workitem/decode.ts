// From the bytes of a message to the workitem that a handler sees, and back to the bytes of its result.
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { Codec } from './codec.ts';
import type { EncodedResult } from './encoded-result.ts';
import type { Failure } from './failure.ts';
import type { FormatTable, WorkitemFormat } from './format.ts';
import { jsonWithError } from './json-failure.ts';
import { isLarge } from './json-gist.ts';
import { JSON_RPC } from './json-rpc/answer.ts';
import { failedCalls } from './json-rpc/failed-calls.ts';
import type { Properties } from './message.ts';
import { type ContentTypes, formatName } from './registry.ts';
import { ruoteFormat } from './ruote.ts';
import { type Envelope, Workitem } from './workitem.ts';

/** @throws TaskqueueError `UNREADABLE` where the body is not in the format that its content type names */
export function decodeWorkitem(
  envelope: Envelope,
  rawBody: Buffer,
  formats: FormatTable,
  types: ContentTypes,
): Workitem {
  const format = formats.get(formatName(envelope.contentType, types));
  if (!format) return new Workitem(envelope, rawBody, rawBody);
  demandPlainEncoding(envelope.properties);
  const body = decodeWith(format, rawBody, envelope);
  return new (format.workitemClass ?? Workitem)(envelope, rawBody, body);
}

/** @throws TaskqueueError `UNREADABLE` where the body is compressed, or in anything but UTF-8 */
export function demandPlainEncoding(properties: Properties): void {
  const encoding = properties.contentEncoding?.trim().toLowerCase() ?? '';
  if (PLAIN_ENCODINGS.has(encoding)) return;
  throw new TaskqueueError('UNREADABLE', `the body has content_encoding "${encoding}": only plain UTF-8 can be read`);
}

/** What senders write into content_encoding for text that is not encoded any further. */
const PLAIN_ENCODINGS: ReadonlySet<string> = new Set([
  '',
  'utf-8',
  'utf8',
  'us-ascii',
  'ascii',
  'identity',
  '8bit',
  'binary',
]);

function decodeWith(format: WorkitemFormat, rawBody: Buffer, envelope: Envelope): unknown {
  try {
    return format.decode(rawBody, envelope);
  } catch (err) {
    if (err instanceof TaskqueueError && err.code === 'UNREADABLE') throw err;
    throw new TaskqueueError('UNREADABLE', `the body cannot be read: ${messageOf(err)}`, { cause: err });
  }
}

/** What a handler returned, as bytes: a workitem in its own format, a Buffer as it is, anything else as JSON. */
export function encodeResult(value: unknown, formats: FormatTable, types: ContentTypes): EncodedResult {
  if (value instanceof Workitem) return encodeWorkitem(value, formats, types);
  if (value instanceof Uint8Array) return { contentType: 'application/octet-stream', body: Buffer.from(value) };
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(value) ?? 'null') };
}

function encodeWorkitem(workitem: Workitem, formats: FormatTable, types: ContentTypes): EncodedResult {
  const format = formats.get(formatName(workitem.contentType, types));
  if (format) return { contentType: workitem.contentType, body: format.encode(workitem.body, workitem) };
  if (workitem.body instanceof Uint8Array)
    return { contentType: workitem.contentType, body: Buffer.from(workitem.body) };
  return encodeResult(workitem.body, formats, types); // raw bytes came in, and the handler made something else of them
}

/**
 * The failed result: the workitem with the error in it, in its own format; the error alone, as JSON, where it does not fit
 * the body, or there is too much in that to be read in passing. `null` where nobody waits for an answer, which only JSON-RPC
 * can say.
 */
export function encodeFailure(
  envelope: Envelope,
  rawBody: Buffer,
  failure: Failure,
  codec: Codec,
): EncodedResult | null {
  const bare = (): EncodedResult | null => bareFailure(envelope.contentType, rawBody, failure, codec);
  const format = codec.formats.get(formatName(envelope.contentType, codec.types));
  if (!format?.withError) return bare();
  try {
    demandPlainEncoding(envelope.properties);
    const { error, trace } = failure;
    if (format === ruoteFormat && isLarge(rawBody)) {
      const body = jsonWithError(rawBody, { error, trace });
      return body === undefined ? bare() : { contentType: envelope.contentType, body };
    }
    const body = format.withError(format.decode(rawBody, envelope), { error, trace });
    return body === undefined ? bare() : { contentType: envelope.contentType, body: format.encode(body, envelope) };
  } catch {
    return bare(); // an unreadable body is among the things that fail: the error itself is what has to come back
  }
}

/** A failed result without the workitem: the error alone, in JSON, or as the answer that JSON-RPC wants. */
export function bareFailure(
  contentType: string,
  rawBody: Buffer,
  failure: Failure,
  { types, maxMessageSize }: Pick<Codec, 'types' | 'maxMessageSize'>,
): EncodedResult | null {
  if (formatName(contentType, types) === JSON_RPC) return failedCalls(rawBody, failure, maxMessageSize);
  const { error, trace } = failure;
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify({ error, trace })) };
}
