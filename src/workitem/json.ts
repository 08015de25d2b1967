// JSON from strangers: strict UTF-8, bounded in depth. (`JSON.parse` copes with any depth, but what it returns could
// not be written again, nor walked by a handler, without overflowing the stack.)
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

export const MAX_JSON_DEPTH = 500;

/** @throws TaskqueueError `UNREADABLE` */
export function parseJson(raw: Buffer): unknown {
  const text = utf8(raw).replace(/^\ufeff/, ''); // a byte order mark is no part of JSON, but Windows writes it
  if (isDeeperThan(raw, MAX_JSON_DEPTH)) {
    throw new TaskqueueError('UNREADABLE', `the body is JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
  try {
    return JSON.parse(text);
  } catch (err) {
    throw new TaskqueueError('UNREADABLE', `the body is not JSON: ${withoutQuotation(messageOf(err))}`);
  }
}

/** V8 quotes what it could not read, but bodies must not get into logs: the error itself is not kept as a cause, either. */
function withoutQuotation(message: string): string {
  if (!message.endsWith('is not valid JSON')) return message;
  const token = /^Unexpected token '.'/s.exec(message)?.[0];
  return token === undefined ? 'it is something else' : printable(token);
}

/** @throws TaskqueueError `UNREADABLE` */
export function utf8(raw: Buffer): string {
  try {
    return strictUtf8.decode(raw);
  } catch (err) {
    throw new TaskqueueError('UNREADABLE', 'the body is not UTF-8 text', { cause: err });
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counts brackets outside of strings; works on bytes, since all of these are ASCII. */
function isDeeperThan(raw: Buffer, limit: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at];
    if (isInString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
  }
  return false;
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own property; never one that is inherited, such as `constructor`. */
export function ownValue(object: unknown, key: string): unknown {
  return isJsonObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}
