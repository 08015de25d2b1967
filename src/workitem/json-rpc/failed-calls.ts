// The answer where a request as a whole came to nothing – unreadable, refused, timed out, crashed, expired, cancelled: the
// error for each call that waits for an answer. Dispatcher, pool and worker ask here. Pure.
import { messageOf } from '../../core/errors.ts';
import { cutToBytes } from '../../core/text.ts';
import type { EncodedResult } from '../encoded-result.ts';
import type { Failure } from '../failure.ts';
import { gistNow } from '../json-gist.ts';
import { answering, errorAnswer, type RpcError } from './answer.ts';
import { codeOfMishap, RPC_CODE } from './codes.ts';
import { callsWanted, type Entry, type Reading, readCalls } from './read.ts';

/** All traces of one answer together. */
const MAX_TRACE_BYTES = 64 * 1024;
const SHORT_MESSAGE_BYTES = 200;

/**
 * `null` where nobody waits for an answer. Of a large body no more is read than a daemon has the time for: where that does
 * not tell the ids, the answer is one error with the id `null`.
 * @param maxBytes what does not fit is said in fewer words
 */
export function failedCalls(rawBody: Buffer, failure: Failure, maxBytes: number): EncodedResult | null {
  // What is too large for us is not read, either.
  const reading = failure.mishap === 'too-large' ? TOO_LARGE : readBriefly(rawBody);
  const full = answerTo(reading, failure);
  if (full === null || full.body.length <= maxBytes) return full;
  const brief = { ...failure, error: cutToBytes(failure.error, SHORT_MESSAGE_BYTES), trace: '' };
  const shorter = answerTo(reading, brief);
  return shorter !== null && shorter.body.length <= maxBytes ? shorter : answerTo(TOO_LARGE, brief);
}

const TOO_LARGE: Reading = { kind: 'unreadable', code: RPC_CODE.tooLarge, id: 'null', error: 'too large' };

function readBriefly(rawBody: Buffer): Reading {
  try {
    const gist = gistNow(rawBody, callsWanted);
    return gist ? readCalls(gist) : TOO_MUCH;
  } catch (err) {
    return { kind: 'unreadable', code: RPC_CODE.parseError, id: 'null', error: messageOf(err) };
  }
}

const TOO_MUCH: Reading = {
  kind: 'unreadable',
  code: RPC_CODE.invalidRequest,
  id: 'null',
  error: 'there is too much in it',
};

function answerTo(reading: Reading, failure: Failure): EncodedResult | null {
  if (reading.kind === 'unreadable') {
    const isWhy = failure.mishap === 'unreadable';
    const error = isWhy ? { code: reading.code, message: failure.error } : errorOf(failure, failure.trace);
    return answering([errorAnswer(reading.id, error)], false);
  }
  const { entries, isBatch } = reading.calls;
  const traceBytes = Math.floor(MAX_TRACE_BYTES / entries.length);
  const error = errorOf(failure, cutToBytes(failure.trace, traceBytes));
  return answering(
    entries.flatMap((entry) => answerToEntry(entry, error)),
    isBatch,
  );
}

function answerToEntry(entry: Entry, error: RpcError): readonly string[] {
  if (entry.kind === 'invalid') return [invalidAnswer(entry)];
  return entry.id === null ? [] : [errorAnswer(entry.id, error)];
}

export function invalidAnswer({ id, error }: Extract<Entry, { kind: 'invalid' }>): string {
  return errorAnswer(id, { code: RPC_CODE.invalidRequest, message: error });
}

function errorOf({ mishap, error }: Failure, trace: string): RpcError {
  return { code: codeOfMishap(mishap), message: error, ...(trace === '' ? {} : { data: { trace } }) };
}
