// A body in JSON-RPC 2.0, as values: the one call in it, or those of a batch. Everything that is wrong with it is a value
// too, with the code that the caller is to be told. Pure, and bounded in everything that a caller can make long.
import { messageOf } from '../../core/errors.ts';
import { isJsonObject, ownValue, parseJson, utf8 } from '../json.ts';
import type { Wanted } from '../json-gist.ts';
import { RPC_CODE } from './codes.ts';
import { itemTexts, memberText } from './json-text.ts';

export type Reading = { readonly kind: 'calls'; readonly calls: Calls } | Unreadable;

/** No call can be made out. */
interface Unreadable {
  readonly kind: 'unreadable';
  readonly code: number;
  /** The id to answer with, as JSON. */
  readonly id: string;
  readonly error: string;
}

export interface Calls {
  readonly isBatch: boolean;
  /** At least one. */
  readonly entries: readonly Entry[];
  /** As `JSON.parse` read it. */
  readonly body: unknown;
}

export type Entry = Call | InvalidEntry;

export interface Call {
  readonly kind: 'call';
  /** As JSON, exactly as it was written; `null` for a notification, which is never answered. */
  readonly id: string | null;
  readonly method: string;
  readonly params: readonly unknown[] | Readonly<Record<string, unknown>> | undefined;
}

/** One of a batch that is no request. */
interface InvalidEntry {
  readonly kind: 'invalid';
  readonly id: string;
  readonly error: string;
}

/** What of a large body has to be read to know whom it calls, and which answers are waited for. */
export const callsWanted: Wanted = { jsonrpc: {}, id: {}, method: {}, params: {} };

export const MAX_BATCH = 1000;
/** Worker type, dot, method. */
const MAX_METHOD_LENGTH = 128 + 1 + 128;
const MAX_ID_LENGTH = 1024;

export function readCalls(rawBody: Buffer): Reading {
  let body: unknown;
  try {
    body = parseJson(rawBody);
  } catch (err) {
    return { kind: 'unreadable', code: RPC_CODE.parseError, id: 'null', error: messageOf(err) };
  }
  const text = (): string => utf8(rawBody).replace(/^\ufeff/, '');
  return Array.isArray(body) ? readBatch(body, text) : readSingle(body, text);
}

function readSingle(body: unknown, text: () => string): Reading {
  const entry = readEntry(body, text);
  return entry.kind === 'call'
    ? { kind: 'calls', calls: { isBatch: false, entries: [entry], body } }
    : { kind: 'unreadable', code: RPC_CODE.invalidRequest, id: entry.id, error: entry.error };
}

function readBatch(body: readonly unknown[], text: () => string): Reading {
  const refused = (error: string): Reading => ({
    kind: 'unreadable',
    code: RPC_CODE.invalidRequest,
    id: 'null',
    error,
  });
  if (body.length === 0) return refused('the batch is empty');
  if (body.length > MAX_BATCH) return refused(`the batch has more than ${MAX_BATCH} entries`);
  let texts: readonly string[] | undefined;
  const textOf = (at: number): string => {
    texts ??= itemTexts(text());
    return texts[at] as string;
  };
  const entries = body.map((value, at) => readEntry(value, () => textOf(at)));
  return { kind: 'calls', calls: { isBatch: true, entries, body } };
}

/** @param text the entry as it was written; asked for where that matters */
function readEntry(value: unknown, text: () => string): Entry {
  const id = idOf(value, text);
  const error = id === undefined ? BAD_ID : faultOf(value);
  if (error !== undefined) return { kind: 'invalid', id: id ?? 'null', error };
  const { method, params } = value as Pick<Call, 'method' | 'params'>;
  return { kind: 'call', id: id ?? null, method, params };
}

const BAD_ID = `no request: "id" has to be a text, a number or null, of at most ${MAX_ID_LENGTH} characters`;

function faultOf(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'no request: an object is wanted';
  if (ownValue(value, 'jsonrpc') !== '2.0') return 'no request of JSON-RPC 2.0: "jsonrpc" has to be "2.0"';
  const method = ownValue(value, 'method');
  if (typeof method !== 'string' || method === '') return 'no request: "method" has to be a text';
  if (method.length > MAX_METHOD_LENGTH) return `no request: "method" has more than ${MAX_METHOD_LENGTH} characters`;
  const params = ownValue(value, 'params');
  if (params === undefined || (typeof params === 'object' && params !== null)) return undefined;
  return 'no request: "params" has to be a list or an object';
}

/** `null`: it has none. `undefined`: it has one that is no id. */
function idOf(value: unknown, text: () => string): string | null | undefined {
  if (!isJsonObject(value) || !Object.hasOwn(value, 'id')) return null;
  const { id } = value;
  if (id !== null && typeof id !== 'string' && typeof id !== 'number') return undefined;
  const isExact = typeof id !== 'number' || Number.isSafeInteger(id);
  const json = isExact ? JSON.stringify(id) : (memberText(text(), 'id') ?? JSON.stringify(id));
  return json.length <= MAX_ID_LENGTH ? json : undefined;
}
