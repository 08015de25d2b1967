// One call: the function it names, its arguments, and how it ended, as a value. Whatever the function throws or returns,
// nothing is thrown here.
import { cutToBytes, printable } from '../../core/text.ts';
import { propertyOf } from '../../core/thrown.ts';
import { tooLarge } from '../../workitem/encoded-result.ts';
import { addressOf } from '../../workitem/json-rpc/address.ts';
import { type RpcError, resultAnswer } from '../../workitem/json-rpc/answer.ts';
import { isOwnCode, RPC_CODE } from '../../workitem/json-rpc/codes.ts';
import type { Call } from '../../workitem/json-rpc/read.ts';
import type { WorkitemError } from '../../workitem/workitem.ts';
import { InvalidParams, type RpcContext } from '../base-worker.ts';
import { boundedError, failureOf } from '../failure.ts';
import { isNamed, verdictOfThrown } from '../verdict.ts';
import { argumentsFor } from './arguments.ts';
import type { Methods } from './methods.ts';

export type CallEnd =
  /** `json`: what the function returned; `null` for a notification, whose result nobody gets. */
  | { readonly kind: 'returned'; readonly json: string }
  /** `mayRepeat`: another attempt may end otherwise. */
  | { readonly kind: 'failed'; readonly error: RpcError; readonly failure: WorkitemError; readonly mayRepeat: boolean }
  | { readonly kind: 'retryLater'; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'rejected'; readonly error: string };

export interface CallSite {
  readonly methods: Methods;
  readonly workerType: string;
  /** What `this` will be. */
  readonly context: Omit<RpcContext, 'method'>;
  /** Bytes that an answer may have. */
  readonly maxMessageSize: number;
}

export async function runCall(call: Call, site: CallSite): Promise<CallEnd> {
  const { type, method } = addressOf(call.method, site.workerType);
  const found = type === site.workerType ? site.methods.get(method) : undefined;
  if (!found) return refused(RPC_CODE.methodNotFound, `there is no method ${printable(call.method)}`);
  const args = argumentsFor(method, found.length, call.params);
  if (args.kind === 'invalid') return refused(RPC_CODE.invalidParams, args.error);
  const { context } = site;
  try {
    const value = await Reflect.apply(found, Object.freeze({ ...context, method }), args.values);
    return call.id === null ? { kind: 'returned', json: 'null' } : written(value, call.id, site.maxMessageSize);
  } catch (err) {
    return endOfThrown(err, context.signal);
  }
}

/** The call as it is will never succeed. */
export function refused(code: number, message: string): CallEnd {
  return { kind: 'failed', error: { code, message }, failure: { error: message, trace: '' }, mayRepeat: false };
}

function written(value: unknown, id: string, maxMessageSize: number): CallEnd {
  let json: string;
  try {
    json = JSON.stringify(value) ?? 'null';
  } catch (err) {
    const { error, trace } = failureOf(err);
    const failure = { error: boundedError(`the result cannot be written as JSON: ${error}`), trace };
    return failed(RPC_CODE.internalError, failure, err);
  }
  const bytes = Buffer.byteLength(resultAnswer(id, json));
  return bytes <= maxMessageSize
    ? { kind: 'returned', json }
    : refused(RPC_CODE.tooLarge, tooLarge(bytes, maxMessageSize));
}

function endOfThrown(thrown: unknown, signal: AbortSignal): CallEnd {
  const verdict = verdictOfThrown(thrown);
  switch (verdict.kind) {
    case 'retryLater':
    case 'rejected':
      return verdict;
    case 'threw': {
      const { error, trace } = verdict.failure;
      if (isNamed(thrown, InvalidParams, 'InvalidParams')) return refused(RPC_CODE.invalidParams, error);
      return failed(codeFor(thrown, signal), { error, trace }, thrown);
    }
    default:
      return verdict satisfies never;
  }
}

function failed(code: number, failure: WorkitemError, thrown: unknown): CallEnd {
  const data = { name: nameOf(thrown), trace: failure.trace };
  return { kind: 'failed', error: { code, message: failure.error, data }, failure, mayRepeat: true };
}

/** A function that throws because its time is up has timed out, whatever it throws. */
function codeFor(thrown: unknown, signal: AbortSignal): number {
  if (isTimeUp(signal)) return RPC_CODE.timeout;
  const own = propertyOf(thrown, 'code');
  return isOwnCode(own) ? own : RPC_CODE.serverError;
}

export function isTimeUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && propertyOf(reason, 'name') === 'TimeoutError';
}

const MAX_NAME_BYTES = 100;

function nameOf(thrown: unknown): string {
  const name = propertyOf(thrown, 'name');
  return typeof name === 'string' && name !== '' ? cutToBytes(name, MAX_NAME_BYTES) : typeof thrown;
}
