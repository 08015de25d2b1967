// Header tables that are put together. One by one: all other ways to copy an object and add to it take V8 ten times as long
// and more, and it is done several times for each workitem.
import type { Headers } from './message.ts';

export type HeaderTable = Record<string, unknown>;

/** A new table of those that `isKept`. What is `undefined` is as good as absent, and left out. */
export function tableOf(headers: Headers, isKept: (name: string) => boolean): HeaderTable {
  const table: HeaderTable = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && isKept(name)) put(table, name, value);
  }
  return table;
}

/** As an own property, even where the header is called `__proto__`. */
export function put(table: HeaderTable, name: string, value: unknown): void {
  if (name !== '__proto__') table[name] = value;
  else Object.defineProperty(table, name, { value, enumerable: true, writable: true, configurable: true });
}
