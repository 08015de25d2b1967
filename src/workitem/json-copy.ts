// Any headers as JSON, for people to read, where they cannot be kept as headers. Copes with whatever stands in them.
import { MAX_TABLE_DEPTH } from './field-table.ts';
import type { Headers } from './message.ts';

/** One line of JSON. What JSON has no way to write is described in a text. */
export function jsonCopy(headers: Headers): string {
  const json = JSON.stringify(copyOf(headers, 0));
  return json.replaceAll('\ufffd', '\\ufffd'); // which is the same to JSON, and stays readable as the mark of damaged text
}

function copyOf(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : copyOfObject(value, depth);
    default:
      return String(value);
  }
}

function copyOfObject(value: object, depth: number): unknown {
  if (Buffer.isBuffer(value)) return `base64:${value.toString('base64')}`;
  if (depth > MAX_TABLE_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((one) => copyOf(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copyOf(one, depth + 1)]));
}
