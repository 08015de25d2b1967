// AMQP's field tables: how many bytes one takes on the wire, and whether it can be written at all. Exactly as amqplib
// writes them, so that what cannot be written is known before it is tried. Pure; knows nothing of the broker.
import { cutToBytes, printable } from '../core/text.ts';
import type { Headers } from './message.ts';

/** What else may keep a text, or a number, out of a table. Each answers with what is wrong, or with `undefined`. */
export interface FieldRules {
  text(text: string): string | undefined;
  number(number: number): string | undefined;
}

export interface MeasuredTable {
  /** Encoded, with its own length field. Of no meaning where there is a problem. */
  readonly bytes: number;
  /** The first thing that is wrong, such as `holds NaN`, and the name of the header that it is in. */
  readonly problem: { readonly header: string; readonly what: string } | undefined;
}

/** Deeper ones overflow the stack of whoever walks them. */
export const MAX_TABLE_DEPTH = 50;
const MAX_NAME_BYTES = 255;
const LENGTH_BYTES = 4;
const TAG_BYTES = 1;

/** @param counts left out: all headers count */
export function measureTable(
  table: Headers,
  rules: FieldRules,
  counts: (header: string) => boolean = all,
): MeasuredTable {
  let bytes = LENGTH_BYTES;
  for (const header of Object.keys(table)) {
    if (!counts(header)) continue;
    const walk: Walk = { rules, problem: undefined };
    bytes += entryBytes(header, table[header], walk, 1);
    if (walk.problem !== undefined) return { bytes, problem: { header, what: walk.problem } };
  }
  return { bytes, problem: undefined };
}

const all = (): boolean => true;

interface Walk {
  readonly rules: FieldRules;
  problem: string | undefined;
}

function entryBytes(name: string, value: unknown, walk: Walk, depth: number): number {
  if (value === undefined) return 0; // left out when writing
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes > MAX_NAME_BYTES) walk.problem ??= `has a name of more than ${MAX_NAME_BYTES} bytes`;
  const named = walk.rules.text(name);
  if (named !== undefined) walk.problem ??= `has a name that ${named}`;
  return 1 + nameBytes + TAG_BYTES + valueBytes(value, walk, depth);
}

function valueBytes(value: unknown, walk: Walk, depth: number): number {
  switch (typeof value) {
    case 'string':
      walk.problem ??= walk.rules.text(value);
      return LENGTH_BYTES + Buffer.byteLength(value);
    case 'number':
      walk.problem ??= numberProblem(value) ?? walk.rules.number(value);
      return numberBytes(value);
    case 'boolean':
      return 1;
    case 'object':
      return value === null ? 0 : objectBytes(value, walk, depth);
    default:
      walk.problem ??= `holds a ${typeof value}, for which AMQP has no type`;
      return 0;
  }
}

function objectBytes(value: object, walk: Walk, depth: number): number {
  if (Buffer.isBuffer(value)) return LENGTH_BYTES + value.length;
  if (depth > MAX_TABLE_DEPTH) walk.problem ??= `is nested deeper than ${MAX_TABLE_DEPTH} levels`;
  if (walk.problem !== undefined) return 0; // so that nothing endless is walked
  if (Array.isArray(value)) {
    return value.reduce((sum: number, one) => sum + TAG_BYTES + valueBytes(one, walk, depth + 1), LENGTH_BYTES);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) walk.problem ??= 'holds an object that is no plain table';
  if (Object.hasOwn(value, '!')) return typedBytes(value as { '!': unknown; value?: unknown }, walk);
  return Object.entries(value).reduce((sum, [k, v]) => sum + entryBytes(k, v, walk, depth + 1), LENGTH_BYTES);
}

/** amqplib's way to keep the types that JavaScript lacks; it takes any table with a key `!` for that. */
function typedBytes(value: { '!': unknown; value?: unknown }, walk: Walk): number {
  if (value['!'] === 'timestamp' && isCount(value.value, Number.MAX_SAFE_INTEGER)) return 8;
  if (value['!'] === 'decimal' && isDecimal(value.value)) return 5;
  // The amqp adaptor's note of what it could not read.
  if (value['!'] === 'unreadable')
    walk.problem ??= `could not be read: ${printable(cutToBytes(String(value.value), 200))}`;
  walk.problem ??= 'holds a table with the key "!", which cannot be written';
  return 0;
}

function isDecimal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { places, digits } = value as { places?: unknown; digits?: unknown };
  return isCount(places, 255) && isCount(digits, 2 ** 32 - 1);
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

/** amqplib takes these for 64-bit integers, which they are not; for infinity, a broker ends the connection. */
function numberProblem(value: number): string | undefined {
  const isWritable = (isDouble(value) && value !== Infinity) || (Number.isInteger(value) && value >= -(2 ** 63));
  return isWritable ? undefined : `holds the number ${value}, which cannot be written`;
}

function numberBytes(value: number): number {
  if (isDouble(value)) return 8;
  if (value >= -(2 ** 7) && value < 2 ** 7) return 1;
  if (value >= -(2 ** 15) && value < 2 ** 15) return 2;
  return value >= -(2 ** 31) && value < 2 ** 31 ? 4 : 8;
}

/** amqplib's choice: fractions, as long as a double can have one, and what no 64-bit integer can hold. */
function isDouble(value: number): boolean {
  return value >= 2 ** 63 || (Math.abs(value) < 2 ** 50 && !Number.isInteger(value));
}
