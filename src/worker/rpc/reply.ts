// The answer to one call, in as many words as fit. Pure.
import { cutToBytes } from '../../core/text.ts';
import type { EncodedResult } from '../../workitem/encoded-result.ts';
import { answering, errorAnswer, type RpcError, resultAnswer } from '../../workitem/json-rpc/answer.ts';
import type { Call } from '../../workitem/json-rpc/read.ts';

const SHORT_MESSAGE_BYTES = 200;

/** `null`: a notification has no answer. */
export function resultReply({ id }: Call, json: string): EncodedResult | null {
  return id === null ? null : answering([resultAnswer(id, json)], false);
}

export function errorReply({ id }: Call, error: RpcError, maxBytes: number): EncodedResult | null {
  if (id === null) return null;
  const full = answering([errorAnswer(id, error)], false);
  return full !== null && full.body.length <= maxBytes ? full : answering([errorAnswer(id, shortened(error))], false);
}

function shortened({ code, message }: RpcError): RpcError {
  return { code, message: cutToBytes(message, SHORT_MESSAGE_BYTES) };
}
