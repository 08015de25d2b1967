// JSON-RPC 2.0, as much of it as one who asks needs: the request, and what a response says. Pure.
import { TaskqueueError } from '../core/errors.ts';
import { isJsonObject, ownValue } from '../workitem/json.ts';
import { addressOf } from '../workitem/json-rpc/address.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';

const VERSION = '2.0';

/** Marks an argument as the parameters by name; see `named`. */
export class NamedParameters {
  readonly values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.values = values;
  }
}

/**
 * Parameters by name: `client.call.math.add(named({ a: 5, b: 6 }))`. An object without this is one positional parameter.
 */
export function named(values: Readonly<Record<string, unknown>>): NamedParameters {
  if (!isJsonObject(values)) throw new TaskqueueError('USAGE', 'named() wants an object: { name: value }');
  return new NamedParameters(values);
}

/** What JSON-RPC calls `params`. */
type Params = readonly unknown[] | Readonly<Record<string, unknown>>;

/** @throws TaskqueueError `USAGE` where named parameters stand among others */
export function paramsOf(args: readonly unknown[]): Params {
  const [first] = args;
  if (first instanceof NamedParameters && args.length === 1) return first.values;
  if (args.some((arg) => arg instanceof NamedParameters)) {
    throw new TaskqueueError('USAGE', 'parameters go either by name or by position: named() must be the only argument');
  }
  return args;
}

/**
 * The worker type that a method belongs to: what stands before the last dot; a name without a dot is both.
 * @throws TaskqueueError `USAGE` where that can be no worker type
 */
export function typeOfMethod(name: string): string {
  const { type, method } = addressOf(name);
  if (isWorkerType(type) && method !== '') return type;
  throw new TaskqueueError(
    'USAGE',
    `"${name}" names no method: "type.method" is wanted, or one name that is both; ${WORKER_TYPE_RULE}`,
  );
}

/** @param id `null` makes it a notification, which is not answered */
export function request(name: string, params: Params, id: string | null): object {
  return { jsonrpc: VERSION, ...(id === null ? {} : { id }), method: name, params };
}

type Response =
  | { readonly kind: 'result'; readonly result: unknown }
  | {
      readonly kind: 'error';
      readonly code: number | null;
      readonly message: string;
      readonly trace: string;
      readonly data: unknown;
    };

/** What a body says, where it is a response; `undefined` where it is something else. */
export function responseIn(body: unknown): Response | undefined {
  if (ownValue(body, 'jsonrpc') !== VERSION || !isJsonObject(body)) return undefined;
  const error = ownValue(body, 'error');
  if (isJsonObject(error)) return errorIn(error);
  return Object.hasOwn(body, 'result') ? { kind: 'result', result: body.result } : undefined;
}

function errorIn(error: Record<string, unknown>): Response {
  const code = ownValue(error, 'code');
  const message = ownValue(error, 'message');
  const data = ownValue(error, 'data');
  const trace = ownValue(data, 'trace');
  return {
    kind: 'error',
    code: typeof code === 'number' ? code : null,
    message: typeof message === 'string' && message !== '' ? message : 'the worker answered with an error',
    trace: typeof trace === 'string' ? trace : '',
    data,
  };
}
