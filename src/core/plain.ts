// Any value at all as plain, bounded data: what plugins and libraries hand to a logger may be cyclic, huge, or throw
// when it is looked at. Never throws; what can't be taken over is replaced by a short text that says what it was.
import { describeThrown, sentenceOf } from './thrown.ts';

/** Data that JSON can take. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

const MAX_DEPTH = 4;
const MAX_ENTRIES = 32;
const MAX_VALUES = 200;
const MAX_KEY_LENGTH = 64;
/** Characters, in all texts together. */
const MAX_TEXT = 32 * 1024;

/** A copy of the own enumerable properties. Texts are cut to `maxLength` characters; absent values are left out. */
export function plainFields(fields: unknown, maxLength: number): Record<string, Plain> {
  const copy = plainValue(fields, maxLength);
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? (copy as Record<string, Plain>) : {};
}

export function plainValue(value: unknown, maxLength: number): Plain {
  return copyOf(value, { maxLength, left: MAX_VALUES, textLeft: MAX_TEXT }, 0);
}

interface Budget {
  readonly maxLength: number;
  left: number;
  textLeft: number;
}

function copyOf(value: unknown, budget: Budget, depth: number): Plain {
  if (budget.left-- <= 0) return '…';
  try {
    return typeof value === 'object' && value !== null ? objectCopy(value, budget, depth) : simpleCopy(value, budget);
  } catch {
    return '[cannot be shown]'; // a getter, a toJSON or a proxy that throws
  }
}

function simpleCopy(value: unknown, budget: Budget): Plain {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return '[function]';
  return textCopy(String(value), budget);
}

function objectCopy(value: object, budget: Budget, depth: number): Plain {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return textCopy(sentenceOf(describeThrown(value)), budget);
  const json = toJson(value);
  if (json !== value) return copyOf(json, budget, depth + 1);
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[list]' : '[object]';
  return Array.isArray(value) ? listCopy(value, budget, depth) : tableCopy(value, budget, depth);
}

function listCopy(list: readonly unknown[], budget: Budget, depth: number): Plain {
  const items = list.slice(0, MAX_ENTRIES).map((item) => copyOf(item, budget, depth + 1));
  return list.length > MAX_ENTRIES ? [...items, `… ${list.length - MAX_ENTRIES} more`] : items;
}

function tableCopy(table: object, budget: Budget, depth: number): Plain {
  const entries = Object.keys(table)
    .slice(0, MAX_ENTRIES)
    .map((key): [string, Plain | undefined] => [cut(key, MAX_KEY_LENGTH), entryCopy(table, key, budget, depth)]);
  return Object.fromEntries(entries.filter((entry): entry is [string, Plain] => entry[1] !== undefined));
}

function entryCopy(table: object, key: string, budget: Budget, depth: number): Plain | undefined {
  let value: unknown;
  try {
    value = (table as Record<string, unknown>)[key];
  } catch {
    return '[cannot be shown]'; // one getter that throws spoils only its own entry
  }
  return value === undefined ? undefined : copyOf(value, budget, depth + 1);
}

/** What the object itself says that JSON shall see (Date, URL); else the object. */
function toJson(value: object): unknown {
  const own = (value as { toJSON?: unknown }).toJSON;
  return typeof own === 'function' ? own.call(value) : value;
}

function textCopy(text: string, budget: Budget): string {
  const copy = cut(text, Math.min(budget.maxLength, Math.max(0, budget.textLeft)));
  budget.textLeft -= copy.length;
  return copy;
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}
