// Whatever a plugin has thrown, as the error that goes into a failed result: bounded, and never an exception again.
import { plainValue } from '../core/plain.ts';
import { cutToBytes } from '../core/text.ts';
import { describeThrown, traceOf } from '../core/thrown.ts';
import type { WorkitemError } from '../workitem/workitem.ts';

const MAX_ERROR_BYTES = 4 * 1024;
const MAX_TRACE_BYTES = 16 * 1024;
/** What a plain object becomes as text: then what it holds says more. Errors and texts may say that themselves. */
const NO_MESSAGE = '[object Object]';

export function failureOf(thrown: unknown): WorkitemError {
  const described = describeThrown(thrown);
  return {
    error: boundedError(described.message === NO_MESSAGE ? contents(thrown) : described.message),
    trace: traceOf(described, MAX_TRACE_BYTES),
  };
}

function contents(thrown: unknown): string {
  const plain = plainValue(thrown, 1024);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

export function boundedError(message: string): string {
  return cutToBytes(message, MAX_ERROR_BYTES);
}
