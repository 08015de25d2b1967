// The bytes that answer calls: results, errors, and the list of them for a batch. Ids and results come as JSON already, so
// that nothing is changed in them. Pure.
import type { EncodedResult } from '../encoded-result.ts';

export const JSON_RPC = 'application/json-rpc';

export interface RpcError {
  readonly code: number;
  /** One sentence. */
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** @param result as JSON */
export function resultAnswer(id: string, result: string): string {
  return `{"jsonrpc":"2.0","result":${result},"id":${id}}`;
}

export function errorAnswer(id: string, error: RpcError): string {
  return `{"jsonrpc":"2.0","error":${JSON.stringify(error)},"id":${id}}`;
}

/** What stands for `null` in a frame: where nobody waits for an answer, the pool has nothing to publish. */
export const NO_ANSWER: EncodedResult = { contentType: JSON_RPC, body: Buffer.alloc(0) };

/** The message that carries these answers; `null` where there are none: notifications get no answer. */
export function answering(answers: readonly string[], isBatch: boolean): EncodedResult | null {
  if (answers.length === 0) return null;
  const text = isBatch ? `[${answers.join(',')}]` : (answers[0] as string);
  return { contentType: JSON_RPC, body: Buffer.from(text) };
}
