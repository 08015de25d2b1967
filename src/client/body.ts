// The body of a workitem: from what a caller hands over to bytes and the content type that says what they are. Pure.
import { messageOf, TaskqueueError } from '../core/errors.ts';

export interface EncodedBody {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Short names of formats; any content type can be named in full. */
const FORMATS: Readonly<Record<string, string>> = {
  json: 'application/json',
  text: 'text/plain',
  binary: 'application/octet-stream',
};

const CONTENT_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/;

/**
 * Bytes and text are sent as they are, everything else as JSON. `format` says what they are, where that is not simply
 * bytes, text or JSON; it changes nothing about the bytes.
 * @throws TaskqueueError `USAGE`
 */
export function encodeBody(body: unknown, format?: string): EncodedBody {
  const named = format === undefined ? undefined : contentTypeNamed(format);
  if (body instanceof Uint8Array) return { contentType: named ?? 'application/octet-stream', body: bytesOf(body) };
  if (typeof body === 'string') return { contentType: named ?? 'text/plain', body: Buffer.from(body) };
  return { contentType: named ?? 'application/json', body: jsonOf(body) };
}

function contentTypeNamed(format: string): string {
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format] as string;
  if (typeof format === 'string' && CONTENT_TYPE.test(format)) return format;
  throw new TaskqueueError(
    'USAGE',
    `format "${format}" is no content type: write type/subtype, or ${Object.keys(FORMATS).join(', ')}`,
  );
}

/** A copy: the caller may go on to use its own. */
function bytesOf(body: Uint8Array): Buffer {
  return Buffer.from(body);
}

function jsonOf(body: unknown): Buffer {
  let text: string | undefined;
  try {
    text = JSON.stringify(body ?? null);
  } catch (err) {
    throw new TaskqueueError('USAGE', `the body cannot be written as JSON: ${messageOf(err)}`, { cause: err });
  }
  if (text !== undefined) return Buffer.from(text);
  throw new TaskqueueError('USAGE', `the body cannot be written as JSON: it is a ${typeof body}`);
}
