// Whatever a plugin has thrown, as the error that goes into a failed result: bounded, and never an exception again.
import { cutToBytes } from '../core/text.ts';
import { describeThrown, traceOf } from '../core/thrown.ts';
import type { WorkitemError } from '../workitem/workitem.ts';

const MAX_ERROR_BYTES = 4 * 1024;
const MAX_TRACE_BYTES = 16 * 1024;

export function failureOf(thrown: unknown): WorkitemError {
  const described = describeThrown(thrown);
  return { error: boundedError(described.message), trace: traceOf(described, MAX_TRACE_BYTES) };
}

export function boundedError(message: string): string {
  return cutToBytes(message, MAX_ERROR_BYTES);
}
