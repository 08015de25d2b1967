// From a verdict to the frame that tells the pool: the outcome, and the bytes of the result, finished or failed. Pure;
// what cannot be written, or is too large, becomes a failure here, so that every answer can be sent.
import type { WorkerOutcome } from '../child/protocol.ts';
import { cutToBytes } from '../core/text.ts';
import type { Codec } from '../workitem/codec.ts';
import { bareFailure, encodeFailure, encodeResult } from '../workitem/decode.ts';
import { type EncodedResult, tooLarge } from '../workitem/encoded-result.ts';
import type { Failure } from '../workitem/failure.ts';
import { NO_ANSWER } from '../workitem/json-rpc/answer.ts';
import { formatName } from '../workitem/registry.ts';
import { Workitem, type WorkitemError } from '../workitem/workitem.ts';
import { boundedError, failureOf } from './failure.ts';
import type { FailedVerdict, Verdict } from './verdict.ts';

export interface Answer {
  readonly outcome: WorkerOutcome;
  readonly body: Buffer;
}

/** The answer where the pool reports the result. */
export function answerOf(verdict: Verdict, workitem: Workitem, codec: Codec): Answer {
  switch (verdict.kind) {
    case 'finished':
      return finishedAnswer(verdict.result, workitem, codec);
    case 'threw':
    case 'unsupported':
      return failedAnswer(verdict, failedResult(workitem, verdict.failure, codec));
    case 'retryLater':
    case 'rejected':
      return withoutBody(verdict);
    default:
      return verdict satisfies never;
  }
}

/** The answer where the plugin's own `reportResults` has reported it. */
export function reportedAnswer(verdict: Verdict): Answer {
  if (verdict.kind === 'finished') return withoutBody({ kind: 'finished', contentType: null });
  if (!('failure' in verdict)) return withoutBody(verdict);
  const { error, trace } = verdict.failure;
  return withoutBody({ kind: verdict.kind, failure: { error, trace }, contentType: null });
}

export function withoutBody(outcome: WorkerOutcome): Answer {
  return { outcome, body: Buffer.alloc(0) };
}

function finishedAnswer(value: unknown, workitem: Workitem, codec: Codec): Answer {
  const encoded = encodedResult(value, codec);
  if (!('failure' in encoded)) {
    return { outcome: { kind: 'finished', contentType: encoded.contentType }, body: encoded.body };
  }
  if (encoded.kind === 'threw') return answerOf(encoded, workitem, codec);
  return failedAnswer(encoded, errorAlone(workitem, encoded.failure, codec));
}

function failedAnswer({ kind, failure }: FailedVerdict, result: EncodedResult | null): Answer {
  const { error, trace } = failure;
  return answerWith({ kind, failure: { error, trace } }, result);
}

type Ended =
  | { readonly kind: 'finished' }
  | { readonly kind: 'threw' | 'unsupported' | 'partly'; readonly failure: WorkitemError };

/** The answer with this result; `null` where nobody waits for one. */
export function answerWith(ended: Ended, result: EncodedResult | null): Answer {
  const { contentType, body } = result ?? NO_ANSWER;
  return { outcome: { ...ended, contentType }, body };
}

/** The bytes of a result, or why there are none. One that is too large would be so the next time, too: `unsupported`. */
export function encodedResult(value: unknown, codec: Codec): EncodedResult | FailedVerdict {
  try {
    const encoded = checked(encodeResult(ownWorkitem(value), codec.formats, codec.types));
    const bytes = encoded.body.length;
    if (bytes <= codec.maxMessageSize) return encoded;
    const failure = { mishap: 'result-too-large', error: tooLarge(bytes, codec.maxMessageSize), trace: '' } as const;
    return { kind: 'unsupported', failure };
  } catch (err) {
    const { error, trace } = failureOf(err);
    const failure = { mishap: 'threw', error: boundedError(`the result cannot be written: ${error}`), trace } as const;
    return { kind: 'threw', failure };
  }
}

/** The failed result: the workitem as the handler left it, with the error in it; the error alone where that is too large. */
export function failedResult(workitem: Workitem, failure: Failure, codec: Codec): EncodedResult | null {
  const whole = changedWorkitem(workitem, failure, codec) ?? originalWorkitem(workitem, failure, codec);
  return whole === null || whole.body.length <= codec.maxMessageSize ? whole : errorAlone(workitem, failure, codec);
}

/** What the handler changed is kept, where it can still be written. */
function changedWorkitem(workitem: Workitem, { error, trace }: Failure, codec: Codec): EncodedResult | undefined {
  try {
    const format = codec.formats.get(formatName(workitem.contentType, codec.types));
    const body = format?.withError?.(workitem.body, { error, trace });
    if (!format || body === undefined) return undefined;
    return checked({ contentType: workitem.contentType, body: format.encode(body, workitem) });
  } catch {
    return undefined; // what the handler made of it is no longer in its format: the original is
  }
}

function originalWorkitem(workitem: Workitem, failure: Failure, codec: Codec): EncodedResult | null {
  try {
    const encoded = encodeFailure(workitem, workitem.rawBody, failure, codec);
    return encoded && checked(encoded);
  } catch {
    return errorAlone(workitem, failure, codec); // a format of a plugin that makes no bytes: the error itself is what has to come back
  }
}

/** The error in as many words as fit. */
function errorAlone({ contentType, rawBody }: Workitem, failure: Failure, codec: Codec): EncodedResult | null {
  const said = (words: Partial<Failure>) => bareFailure(contentType, rawBody, { ...failure, ...words }, codec);
  for (const words of [{}, { trace: cutToBytes(failure.trace, 1024) }, { trace: '' }]) {
    const result = said(words);
    if (result === null || result.body.length <= codec.maxMessageSize) return result;
  }
  return said({ error: cutToBytes(failure.error, 100), trace: '' });
}

/** Formats and handlers are plugin code: what they made is looked at once more before it is sent. */
function checked({ contentType, body }: EncodedResult): EncodedResult {
  if (typeof contentType !== 'string' || Buffer.byteLength(contentType) > 255) {
    throw new TypeError('its content type is no text of at most 255 bytes');
  }
  if (!((body as unknown) instanceof Uint8Array)) throw new TypeError('its format did not make a Buffer of it');
  return { contentType, body: Buffer.isBuffer(body) ? body : Buffer.from(body) };
}

/** A workitem of another copy of the SDK, which a plugin may bring along, is a workitem all the same. */
function ownWorkitem(value: unknown): unknown {
  if (value instanceof Workitem || typeof value !== 'object' || value === null) return value;
  const { rawBody, body, contentType, workerType } = value as Partial<Workitem>;
  const isWorkitem = Buffer.isBuffer(rawBody) && typeof contentType === 'string' && typeof workerType === 'string';
  return isWorkitem ? new Workitem(value as Workitem, rawBody, body) : value;
}
