// The error codes of JSON-RPC 2.0: its own, and ours in the range that it leaves to servers. `docs/json-rpc.md` has the
// same table; clients in any language rely on it.
import type { Mishap } from '../failure.ts';

export const RPC_CODE = {
  parseError: -32700, // the body is no JSON
  invalidRequest: -32600, // JSON, but no request that can be served
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603, // the result cannot be written as JSON
  serverError: -32000, // the function threw; `data` has its name and trace
  timeout: -32001, // it took longer than `task_timeout`
  crashed: -32002, // the process that had it died, too often
  expired: -32003,
  cancelled: -32004,
  rejected: -32005, // the function gave it up for good: it is kept for an operator
  retryLater: -32006, // of one call of a batch: the function asks for another try after `data.retry_after_ms`
  tooLarge: -32007, // request or result, over `max_message_size`
} as const;

/** The code for what befell a request as a whole. */
export function codeOfMishap(mishap: Mishap): number {
  switch (mishap) {
    case 'threw':
    case 'failed':
      return RPC_CODE.serverError;
    case 'overtime':
      return RPC_CODE.timeout;
    case 'crashed':
    case 'redelivered':
      return RPC_CODE.crashed;
    case 'expired':
      return RPC_CODE.expired;
    case 'cancelled':
      return RPC_CODE.cancelled;
    case 'rejected':
      return RPC_CODE.rejected;
    case 'too-large':
    case 'result-too-large':
      return RPC_CODE.tooLarge;
    case 'unroutable':
    case 'not-accepted':
      return RPC_CODE.methodNotFound;
    case 'unreadable':
    case 'invalid':
    case 'uncarriable':
    case 'not-supported':
    case 'loop':
    case 'undeliverable-result':
      return RPC_CODE.invalidRequest;
    default:
      return mishap satisfies never;
  }
}

/** A code that a function may give its own errors: JSON-RPC keeps -32768 to -32000 for itself and for servers. */
export function isOwnCode(code: unknown): code is number {
  return Number.isSafeInteger(code) && ((code as number) < -32768 || (code as number) > -32000);
}
