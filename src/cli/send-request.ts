// What `taskqueue send` was asked for, from its arguments: pure, so that every odd command line can be tried.
import { messageOf } from '../core/errors.ts';
import { printable, utf8Of } from '../core/text.ts';
import { BASIC_WORKITEM } from '../workitem/basic.ts';
import { isFromSender } from '../workitem/headers.ts';
import { ownValue, parseJson } from '../workitem/json.ts';
import { JSON_RPC } from '../workitem/json-rpc/answer.ts';
import { readCalls } from '../workitem/json-rpc/read.ts';
import { builtInFormats, type ContentTypes, formatName } from '../workitem/registry.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { usage } from './usage.ts';

export type BodySource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' };

interface WhatToSend {
  /** `null`: the body itself names the type. */
  readonly type: string | null;
  readonly source: BodySource;
}

/** Of the command line as it was typed: `[TYPE] [BODY | --file F | -]`. */
interface Typed {
  readonly args: readonly string[];
  readonly file: string | undefined;
  /** Nothing is piped in. */
  readonly isStdinTerminal: boolean;
}

/** @throws TaskqueueError `USAGE` */
export function whatToSend({ args, file, isStdinTerminal }: Typed): WhatToSend {
  const [type, body] = typeAndBody(args);
  if (type !== null && !isWorkerType(type)) throw usage(`"${type}" is no worker type: ${WORKER_TYPE_RULE}`);
  if (body !== undefined && file !== undefined) throw usage('there are two bodies: give BODY or --file, not both');
  if (file !== undefined) return { type, source: file === '-' ? { kind: 'stdin' } : { kind: 'file', path: file } };
  if (body === undefined && isStdinTerminal) throw usage('there is no body: give BODY, --file FILE, or - to type one');
  return { type, source: body === undefined || body === '-' ? { kind: 'stdin' } : { kind: 'text', text: body } };
}

/** What cannot be a type, alone on the line, is a body that names its type itself: `send "echo hello"`. */
function typeAndBody([first, second]: readonly string[]): [type: string | null, body: string | undefined] {
  if (first === undefined) return [null, undefined];
  if (second !== undefined) return [first, second];
  return first === '-' || /[\s{]/.test(first) ? [null, first] : [first, undefined];
}

/** `k=v` → a header. */
export function headerOf(text: string): [name: string, value: string] {
  const split = text.indexOf('=');
  if (split < 1) throw usage(`--header "${text}" is no header: write name=value`);
  const name = text.slice(0, split);
  if (!isFromSender(name)) throw usage(`--header ${name}: headers that begin with tq- are taskqueue's own`);
  return [name, text.slice(split + 1)];
}

interface Addressed {
  readonly type: string;
  /** What its worker is to see. */
  readonly body: Buffer;
}

/**
 * Whom a body is for that names its worker type itself, in a format that is built in.
 * @throws TaskqueueError `USAGE` where it names none
 */
export function addressed(body: Buffer, contentType: string | undefined, types: ContentTypes): Addressed {
  const format = formatName(contentType ?? types.whenAbsent, types);
  const builtIn = builtInFormats.get(format);
  if (!builtIn) throw unaddressed(`what is ${format} is read by no format that is built in`);
  let type: string;
  try {
    type = builtIn.workerType(body);
  } catch (err) {
    throw unaddressed(messageOf(err));
  }
  if (!isWorkerType(type)) throw unaddressed(`"${type}", which the body names, is no worker type: ${WORKER_TYPE_RULE}`);
  // Of a text its worker sees what stands behind the type, and with a header that names the type, the whole text.
  return { type, body: format === BASIC_WORKITEM ? body.subarray(Buffer.byteLength(type) + 1) : body };
}

/**
 * A text that begins as JSON does, and is none, where the body is to name its worker type: nobody means that as a text.
 * @throws TaskqueueError `USAGE`
 */
export function refuseBrokenJson(body: Buffer, contentType: string | undefined): void {
  if (contentType !== undefined || likelyContentType(body) !== 'text/plain' || !/^\s*[[{]/.test(body.toString()))
    return;
  try {
    parseJson(body);
  } catch (err) {
    throw usage(
      `${printable(messageOf(err))}; a text whose first word is its worker type has --content-type text/plain`,
    );
  }
}

/**
 * A result that never comes must not be waited for.
 * @throws TaskqueueError `USAGE`
 */
export function refuseNotification(body: Buffer, contentType: string | undefined, types: ContentTypes): void {
  if (formatName(contentType ?? types.whenAbsent, types) !== JSON_RPC) return;
  const reading = readCalls(body);
  if (reading.kind !== 'calls' || reading.calls.entries.some(({ id }) => id !== null)) return;
  throw usage('--wait: a request of JSON-RPC without "id" is a notification, which nobody answers');
}

function unaddressed(why: string): Error {
  return usage(`--wait has to know the worker type: give TYPE; ${printable(why)}`);
}

/** What a body looks like, where nobody says it. An empty one is a text: JSON it is not, which it would be taken for. */
export function likelyContentType(body: Buffer): string {
  const text = utf8Of(body);
  if (text === undefined) return 'application/octet-stream';
  try {
    return isJsonRpc(JSON.parse(text)) ? JSON_RPC : 'application/json';
  } catch {
    return 'text/plain'; // text that is no JSON
  }
}

/** A request, or a batch that begins with one. */
function isJsonRpc(body: unknown): boolean {
  const first: unknown = Array.isArray(body) ? body[0] : body;
  return ownValue(first, 'jsonrpc') === '2.0';
}
