// Small checks from which those of frames and of control messages are put together. Each takes a value from outside and gives a
// typed one of its own making – unknown fields are left behind – or throws a `PROTOCOL` error that names the field.
import { TaskqueueError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { isJsonObject, ownValue } from './json.ts';

/** `where` is for the message: `the child sent head.outcome.failure.error`. */
export type Check<T> = (value: unknown, where: string) => T;

export function refuse(where: string, wanted: string, value: unknown): never {
  throw new TaskqueueError('PROTOCOL', `${where} = ${shown(value)}: ${wanted} is wanted`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value.slice(0, 40))}"${value.length > 40 ? '…' : ''}`;
  return typeof value === 'object' && value !== null ? `[${typeof value}]` : String(value);
}

/** A text that programs act on: refused where it is too long. */
export const name =
  (maxLength: number): Check<string> =>
  (value, where) =>
    typeof value === 'string' && value.length <= maxLength
      ? value
      : refuse(where, `a text of at most ${maxLength} characters`, value);

/** A text that people read: cut where it is too long. */
export const prose =
  (maxLength: number): Check<string> =>
  (value, where) => {
    if (typeof value !== 'string') return refuse(where, 'a text', value);
    return value.length <= maxLength ? value : `${value.slice(0, maxLength - 1)}…`;
  };

export const wholeNumber: Check<number> = (value, where) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse(where, 'a whole number', value);

export const finiteNumber: Check<number> = (value, where) =>
  Number.isFinite(value) ? (value as number) : refuse(where, 'a finite number', value);

export const truth: Check<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : refuse(where, 'true or false', value);

export const notNegative: Check<number> = (value, where) => {
  const number = finiteNumber(value, where);
  return number >= 0 ? number : refuse(where, 'a number that is not negative', value);
};

export const oneOf =
  <const T extends string>(...known: readonly T[]): Check<T> =>
  (value, where) =>
    known.find((one) => one === value) ?? refuse(where, known.join(' or '), value);

export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value, where) =>
    value === null ? null : check(value, where);

export const list =
  <T>(item: Check<T>, maxItems: number): Check<readonly T[]> =>
  (value, where) =>
    Array.isArray(value) && value.length <= maxItems
      ? value.map((one, at) => item(one, `${where}[${at}]`))
      : refuse(where, `a list of at most ${maxItems}`, value);

/** An object with all of these fields. */
export const record = <T>(fields: { readonly [K in keyof T]: Check<T[K]> }): Check<T> => {
  const checks = Object.entries<Check<unknown>>(fields);
  return (value, where) => {
    if (!isJsonObject(value)) return refuse(where, 'an object', value);
    const checked: Record<string, unknown> = {};
    for (const [key, check] of checks) checked[key] = check(ownValue(value, key), `${where}.${key}`);
    return checked as T;
  };
};

/** An object that has some of these fields; those that are absent, or `undefined`, stay absent. */
export const partial =
  <T>(fields: { readonly [K in keyof Required<T>]: Check<Required<T>[K]> }): Check<T> =>
  (value, where) => {
    if (!isJsonObject(value)) return refuse(where, 'an object', value);
    const present = Object.entries<Check<unknown>>(fields).filter(([key]) => ownValue(value, key) !== undefined);
    return Object.fromEntries(present.map(([key, check]) => [key, check(value[key], `${where}.${key}`)])) as T;
  };

/** One of a closed union: `kind`, or another field, says which. */
export const union =
  <T extends { readonly [key in Tag]: string }, Tag extends string = 'kind'>(
    variants: {
      readonly [K in T[Tag]]: Check<Omit<Extract<T, { readonly [key in Tag]: K }>, Tag>>;
    },
    tag: Tag = 'kind' as Tag,
  ): Check<T> =>
  (value, where) => {
    const kind = ownValue(value, tag);
    if (typeof kind !== 'string' || !Object.hasOwn(variants, kind))
      return refuse(`${where}.${tag}`, 'a known kind', kind);
    return { [tag]: kind, ...variants[kind as T[Tag]](value, where) } as unknown as T;
  };

/** A table of anything that JSON can hold, Buffers included, as long as it is not nested too deep to be walked. */
export const table =
  (maxDepth: number): Check<Readonly<Record<string, unknown>>> =>
  (value, where) => {
    if (!isJsonObject(value) || Buffer.isBuffer(value)) return refuse(where, 'an object', value);
    if (!isPlain(value, maxDepth)) return refuse(where, `finite numbers and at most ${maxDepth} levels`, value);
    return value;
  };

function isPlain(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value); // JSON's 1e999 is Infinity
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return true;
  return levels > 0 && Object.values(value).every((inner) => isPlain(inner, levels - 1));
}
