// What a log line says, before anybody knows what it will look like: plain, bounded data, whatever was handed in.
import type { LogFields } from '../core/logger.ts';
import { type Plain, plainFields } from '../core/plain.ts';
import { cutToBytes } from '../core/text.ts';
import { describeThrown, sentenceOf, traceOf } from '../core/thrown.ts';

interface LogRecord {
  readonly fields: Readonly<Record<string, Plain>>;
  readonly message: string;
}

/** Room for the longest line of a worker's output, which is 8 KiB. */
const MAX_MESSAGE_BYTES = 16 * 1024;
const MAX_VALUE_LENGTH = 1024;
const MAX_ERROR_BYTES = 4 * 1024;
const MAX_STACK_BYTES = 16 * 1024;

/** `withStack`: whether the stack of `err` is wanted too. */
export function recordOf(fields: LogFields, message: string, withStack: boolean): LogRecord {
  const { err, ...others } = fields;
  const plain = Object.entries(plainFields(others, MAX_VALUE_LENGTH)).map(([key, value]) => [keyFor(key), value]);
  return {
    fields: { ...Object.fromEntries(plain), ...(err === undefined ? {} : errorFields(err, withStack)) },
    message: cutToBytes(String(message), MAX_MESSAGE_BYTES),
  };
}

/** A sentence as `err`, a stack as `stack`: so both look the same in every format. */
function errorFields(err: unknown, withStack: boolean): Record<string, Plain> {
  const thrown = describeThrown(err);
  const stack = withStack ? traceOf(thrown, MAX_STACK_BYTES) : '';
  const said = { err: cutToBytes(sentenceOf(thrown), MAX_ERROR_BYTES) };
  return stack === '' ? said : { ...said, stack };
}

/** Plugins name fields as they like; these names are the line's own. */
function keyFor(key: string): string {
  const plain = key.replace(/[^A-Za-z0-9_.-]/g, '_') || '_';
  return OWN_KEYS.has(plain) ? `${plain}_` : plain;
}

const OWN_KEYS: ReadonlySet<string> = new Set(['time', 'level', 'message', 'err', 'stack', '__proto__']);
