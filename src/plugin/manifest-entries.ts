// The tables of a package.json's key "taskqueue": names, and the modules that they stand for. Shared by the readers of
// each table. Pure: whether a module exists is seen to by discover.ts.
import { join, resolve, sep } from 'node:path';
import { printable } from '../core/text.ts';
import { isJsonObject, ownValue } from '../workitem/json.ts';

export type Table = Record<string, unknown>;

/** The entries of one table; a table that is none is a mistake more. */
export function entriesOf(section: Table, key: string, mistakes: string[]): readonly [string, unknown][] {
  const table = ownValue(section, key);
  if (table === undefined) return [];
  if (isJsonObject(table)) return Object.entries(table);
  mistakes.push(`"${key}" must be an object of names and modules, not ${shown(table)}`);
  return [];
}

/** Absolute path of a module, or `undefined` and a mistake more. */
export function moduleIn(value: unknown, where: string, directory: string, mistakes: string[]): string | undefined {
  if (isJsonObject(value)) mistakes.push(`${where}: an object is not supported by this version; a path is wanted`);
  else if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    mistakes.push(`${where}: the path of a module is wanted, such as "./worker.js", not ${shown(value)}`);
  } else if (!resolve(directory, value).startsWith(directory + sep)) {
    mistakes.push(`${where}: ${shown(value)} leads out of the plugin's directory`);
  } else return join(directory, value);
  return undefined;
}

/** A value of somebody else's package.json, fit to be shown. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return printable(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
