// A line that a program has written on its standard output, as a value. Nothing in it is believed: it is UTF-8, JSON and
// bounded, and says exactly one thing, or it breaks the protocol. Pure. Users read docs/workers-in-any-language.md.
import { TEXT_LIMITS } from '../../child/check-head.ts';
import { messageOf, TaskqueueError } from '../../core/errors.ts';
import { cutToBytes, printable } from '../../core/text.ts';
import { type Check, finiteNumber, name, notNegative, prose, refuse, wholeNumber } from '../../workitem/check.ts';
import type { EncodedResult } from '../../workitem/encoded-result.ts';
import { type Member, outlineOf } from '../../workitem/json-outline.ts';
import { OPEN_LIST, OPEN_OBJECT } from '../../workitem/json-scan.ts';
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
  const members = membersOf(line);
  if (!members) throw broken(`it wrote a line that is no JSON object: ${beginningOf(line)}`);
  const said = valuesOf(members, line);
  const verb = verbIn(said, line);
  if (verb === 'ready') return isReady(said.get('ready'));
  const job = wholeNumber(said.get('job'), 'it wrote job');
  if (verb === 'progress' && line.length > MOST_SMALL_BYTES) throw broken('it tells its progress at great length');
  return READERS[verb](said, job);
}

/** By key: simple values as they are; the result as it is written, and anything else that is put together as `COMPOSED`. */
type Values = ReadonlyMap<string, unknown>;
type Verb = keyof typeof READERS | 'ready';

const READERS = {
  // To the letter: parsed and written again, its large integers, its 1.0 and the order of its keys would be lost. A copy:
  // it is not to keep alive all that came with it.
  result: (said, job) => finished(said, job, 'application/json', Buffer.from(said.get('result') as Buffer)),
  resultText: (said, job) => finished(said, job, 'text/plain', Buffer.from(textIn(said, 'resultText'))),
  resultBase64: (said, job) => finished(said, job, 'application/octet-stream', bytesIn(said, 'resultBase64')),
  error: (said, job) => {
    const trace = cutToBytes(textIn(said, 'trace', ''), MAX_TRACE_BYTES);
    return { kind: 'threw', job, failure: { error: sentenceIn(said, 'error'), trace } };
  },
  retryLater: (said, job) => {
    const delayMs = notNegative(said.get('retryLater'), 'it wrote retryLater');
    return { kind: 'retryLater', job, delayMs, error: sentenceIn(said, 'reason', 'asked for another attempt') };
  },
  reject: (said, job) => ({ kind: 'rejected', job, error: sentenceIn(said, 'reject') }),
  progress: (said, job) => {
    const fraction = finiteNumber(said.get('progress'), 'it wrote progress');
    return {
      kind: 'progress',
      job,
      fraction,
      note: prose(TEXT_LIMITS.note)(textIn(said, 'note', ''), 'it wrote note'),
    };
  },
} satisfies Record<string, (said: Values, job: number) => Said>;

const VERBS = ['ready', ...(Object.keys(READERS) as (keyof typeof READERS)[])] as const;
const MOST_MEMBERS = 64;
const COMPOSED: unknown = Object.freeze({});

function membersOf(line: Buffer): readonly Member[] | null {
  try {
    return outlineOf(line, 'a line that it wrote', MOST_MEMBERS);
  } catch (err) {
    throw broken(`${messageOf(err)}: ${beginningOf(line)}`);
  }
}

/** Of several members with one name the last counts. */
function valuesOf(members: readonly Member[], line: Buffer): Values {
  return new Map(members.map(({ key, start, end }) => [key, valueIn(key, line.subarray(start, end))]));
}

function valueIn(key: string, json: Buffer): unknown {
  if (key === 'result') return json;
  return json[0] === OPEN_OBJECT || json[0] === OPEN_LIST ? COMPOSED : JSON.parse(json.toString('utf8'));
}

/** A `null` says nothing – `"error": null` beside a result is a habit of many – except as a result that stands alone. */
function verbIn(said: Values, line: Buffer): Verb {
  const present = VERBS.filter((key) => said.has(key) && said.get(key) !== null);
  const isNull = (said.get('result') as Buffer | undefined)?.toString('latin1') === 'null';
  const [verb, second] = present.length > 1 && isNull ? present.filter((key) => key !== 'result') : present;
  if (second !== undefined) throw broken(`it wrote a line with both "${verb}" and "${second}"`);
  if (verb !== undefined) return verb;
  throw broken(`it wrote a line that says none of ${VERBS.join(', ')}: ${beginningOf(line)}`);
}

function isReady(value: unknown): Said {
  return value === true ? { kind: 'ready' } : refuse('it wrote ready', 'true', value);
}

function finished(said: Values, job: number, usualType: string, body: Buffer): Answer {
  const contentType = contentTypeOf(said.get('contentType') ?? usualType, 'it wrote contentType');
  return { kind: 'finished', job, result: { contentType, body } };
}

const contentTypeOf: Check<string> = (value, where) => {
  const given = name(255)(value, where);
  return /^[\x20-\x7e]+$/.test(given) ? given : refuse(where, 'a content type', value);
};

function textIn(said: Values, key: string, whenAbsent?: string): string {
  const value = said.get(key) ?? whenAbsent;
  return typeof value === 'string' ? value : refuse(`it wrote ${key}`, 'a text', value);
}

const MAX_ERROR_BYTES = 4 * 1024;
const MAX_TRACE_BYTES = 16 * 1024;

function sentenceIn(said: Values, key: string, whenAbsent?: string): string {
  return cutToBytes(textIn(said, key, whenAbsent), MAX_ERROR_BYTES);
}

function bytesIn(said: Values, key: string): Buffer {
  const given = textIn(said, key);
  const bytes = Buffer.from(given, 'base64');
  return bytes.toString('base64') === given
    ? bytes
    : refuse(`it wrote ${key}`, 'base64 (RFC 4648, in one line)', given);
}

/** For whoever looks for the `print` that does not belong there. */
function beginningOf(line: Buffer): string {
  return `"${printable(cutToBytes(line.toString('utf8', 0, 200), 80))}"`;
}

function broken(message: string): TaskqueueError {
  return new TaskqueueError('PROTOCOL', message);
}
