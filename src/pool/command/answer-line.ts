// A line that a program has written on its standard output, as a value. Nothing in it is believed: it is UTF-8, JSON and
// bounded, and says exactly one thing, or it breaks the protocol. Pure. Users read docs/workers-in-any-language.md.
import { TEXT_LIMITS } from '../../child/check-head.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import { cutToBytes, printable } from '../../core/text.ts';
import { type Check, finiteNumber, name, notNegative, prose, refuse, wholeNumber } from '../../workitem/check.ts';
import type { EncodedResult } from '../../workitem/decode.ts';
import { isJsonObject, ownValue, parseJson, utf8 } from '../../workitem/json.ts';
import { memberText } from '../../workitem/json-rpc/json-text.ts';
import type { WorkitemError } from '../../workitem/workitem.ts';

export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly job: number; readonly fraction: number; readonly note: string }
  | Answer;

/** How it ended with a workitem. */
export type Answer =
  | { readonly kind: 'finished'; readonly job: number; readonly result: EncodedResult }
  | { readonly kind: 'threw'; readonly job: number; readonly failure: WorkitemError }
  | { readonly kind: 'retryLater'; readonly job: number; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'rejected'; readonly job: number; readonly error: string };

/** What is no answer is small. */
export const MOST_SMALL_BYTES = 8 * 1024;

/** @throws TaskqueueError `PROTOCOL` with a sentence that goes on after "broke the protocol: " */
export function readLine(line: Buffer): Said {
  const value = parsed(line);
  if (!isJsonObject(value)) throw broken(`it wrote a line that is no JSON object: ${beginningOf(line)}`);
  const verb = verbIn(value, line);
  if (verb === 'ready') return isReady(value.ready);
  const job = wholeNumber(ownValue(value, 'job'), 'it wrote job');
  if (verb === 'progress' && line.length > MOST_SMALL_BYTES) throw broken(`it tells its progress at great length`);
  return READERS[verb](value, job, line);
}

type Table = Record<string, unknown>;
type Verb = keyof typeof READERS | 'ready';

const READERS = {
  result: (said, job, line) => finished(said, job, 'application/json', asWritten(line)),
  resultText: (said, job) =>
    finished(said, job, 'text/plain', Buffer.from(text(said.resultText, 'it wrote resultText'))),
  resultBase64: (said, job) => finished(said, job, 'application/octet-stream', base64(said.resultBase64)),
  error: (said, job) => ({ kind: 'threw', job, failure: failureIn(said) }),
  retryLater: (said, job) => ({
    kind: 'retryLater',
    job,
    delayMs: notNegative(said.retryLater, 'it wrote retryLater'),
    error: sentence(said.reason ?? 'asked for another attempt', 'it wrote reason'),
  }),
  reject: (said, job) => ({ kind: 'rejected', job, error: sentence(said.reject, 'it wrote reject') }),
  progress: (said, job) => ({
    kind: 'progress',
    job,
    fraction: finiteNumber(said.progress, 'it wrote progress'),
    note: prose(TEXT_LIMITS.note)(said.note ?? '', 'it wrote note'),
  }),
} satisfies Record<string, (said: Table, job: number, line: Buffer) => Said>;

const VERBS = ['ready', ...(Object.keys(READERS) as (keyof typeof READERS)[])] as const;

/** A `null` says nothing – `"error": null` beside a result is a habit of many – except as a result. */
function verbIn(said: Table, line: Buffer): Verb {
  const present = VERBS.filter((key) => Object.hasOwn(said, key) && (key === 'result' || said[key] !== null));
  const [verb, second] = present.length > 1 ? present.filter((key) => said[key] !== null) : present;
  if (second !== undefined) throw broken(`it wrote a line with both "${verb}" and "${second}"`);
  if (verb !== undefined) return verb;
  throw broken(`it wrote a line that says none of ${VERBS.join(', ')}: ${beginningOf(line)}`);
}

function isReady(value: unknown): Said {
  return value === true ? { kind: 'ready' } : refuse('it wrote ready', 'true', value);
}

function finished(said: Table, job: number, usualType: string, body: Buffer): Answer {
  const contentType = contentTypeOf(said.contentType ?? usualType, 'it wrote contentType');
  return { kind: 'finished', job, result: { contentType, body } };
}

/** To the letter: parsed and written again, its large integers, its 1.0 and the order of its keys would be lost. */
function asWritten(line: Buffer): Buffer {
  return Buffer.from(memberText(utf8(line).replace(/^\ufeff/, ''), 'result') ?? 'null');
}

const contentTypeOf: Check<string> = (value, where) => {
  const given = name(255)(value, where);
  return /^[\x20-\x7e]+$/.test(given) ? given : refuse(where, 'a content type', value);
};

const text: Check<string> = (value, where) => (typeof value === 'string' ? value : refuse(where, 'a text', value));

function base64(value: unknown): Buffer {
  const given = text(value, 'it wrote resultBase64');
  const bytes = Buffer.from(given, 'base64');
  return bytes.toString('base64') === given
    ? bytes
    : refuse('it wrote resultBase64', 'base64 (RFC 4648, in one line)', value);
}

const MAX_ERROR_BYTES = 4 * 1024;
const MAX_TRACE_BYTES = 16 * 1024;

const sentence: Check<string> = (value, where) => cutToBytes(text(value, where), MAX_ERROR_BYTES);

function failureIn(said: Table): WorkitemError {
  return {
    error: sentence(said.error, 'it wrote error'),
    trace: cutToBytes(text(said.trace ?? '', 'it wrote trace'), MAX_TRACE_BYTES),
  };
}

function parsed(line: Buffer): unknown {
  try {
    return parseJson(line, 'a line that it wrote');
  } catch (err) {
    throw broken(`${messageOf(err)}: ${beginningOf(line)}`);
  }
}

/** For whoever looks for the `print` that does not belong there. */
function beginningOf(line: Buffer): string {
  return `"${printable(cutToBytes(line.toString('utf8', 0, 200), 80))}"`;
}

function broken(message: string): TaskqueueError {
  return new TaskqueueError('PROTOCOL', message);
}
