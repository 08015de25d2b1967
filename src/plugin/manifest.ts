// What a package.json says about a plugin, as values. Pure: whether the files exist, and whom they belong to, is seen to
// by discover.ts.
import { join, resolve, sep } from 'node:path';
import { didYouMean } from '../core/suggest.ts';
import { printable } from '../core/text.ts';
import { isJsonObject, ownValue } from '../workitem/json.ts';
import { builtInFormats } from '../workitem/registry.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import type { FormatEntry, Plugin, WorkerEntry } from './plugin.ts';

export type Manifest =
  /** A package, but no plugin: it has no key "taskqueue". */
  | { readonly kind: 'none' }
  | { readonly kind: 'plugin'; readonly plugin: Omit<Plugin, 'fingerprint'> }
  /** Each mistake is a sentence; `types` are those that the plugin would have brought. */
  | {
      readonly kind: 'mistakes';
      readonly name: string;
      readonly types: readonly string[];
      readonly mistakes: readonly string[];
    };

/** @param directory real path of the package */
export function readManifest(packageJson: unknown, directory: string): Manifest {
  if (!isJsonObject(packageJson) || !Object.hasOwn(packageJson, 'taskqueue')) return { kind: 'none' };
  const mistakes: string[] = [];
  const name = nameIn(packageJson, mistakes);
  const section = sectionIn(packageJson, mistakes);
  const workers = workersIn(section, directory, mistakes);
  const formats = formatsIn(section, directory, mistakes);
  const needs = needsIn(section, mistakes);
  if (workers.length + formats.length === 0 && mistakes.length === 0) {
    mistakes.push('"taskqueue" names neither "workers" nor "workitems"');
  }
  if (mistakes.length > 0) {
    return { kind: 'mistakes', name: name || directory, types: workers.map(({ type }) => type), mistakes };
  }
  return { kind: 'plugin', plugin: { name, version: versionIn(packageJson), directory, workers, formats, ...needs } };
}

type Table = Record<string, unknown>;

function nameIn(packageJson: Table, mistakes: string[]): string {
  const name = ownValue(packageJson, 'name');
  if (typeof name === 'string' && /^(@[\w.~-]+\/)?[\w.~-]+$/.test(name) && name.length <= 214) return name;
  mistakes.push(`"name" must be the name of an npm package, not ${shown(name)}`);
  return '';
}

/** npm asks for no version where a package is private. */
function versionIn(packageJson: Table): string {
  const version = ownValue(packageJson, 'version');
  return typeof version === 'string' ? printable(version.slice(0, 100)) : '0.0.0';
}

const KNOWN_KEYS = ['workers', 'workitems', 'needsSection', 'needsUser'];

function sectionIn(packageJson: Table, mistakes: string[]): Table {
  const section = packageJson.taskqueue;
  if (!isJsonObject(section)) {
    mistakes.push(`"taskqueue" must be an object with "workers" and "workitems", not ${shown(section)}`);
    return {};
  }
  for (const key of Object.keys(section).filter((key) => !KNOWN_KEYS.includes(key))) {
    mistakes.push(`"taskqueue" has an unknown key ${shown(key)}${didYouMean(key, KNOWN_KEYS)}`);
  }
  return section;
}

function workersIn(section: Table, directory: string, mistakes: string[]): readonly WorkerEntry[] {
  return entriesOf(section, 'workers', mistakes).flatMap(([type, value]) => {
    const where = `worker ${shown(type)}`;
    if (!isWorkerType(type)) mistakes.push(`${where}: ${WORKER_TYPE_RULE}`);
    const module = moduleIn(value, where, directory, mistakes);
    return isWorkerType(type) && module !== undefined ? [{ type, module }] : [];
  });
}

const CONTENT_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/i;

function formatsIn(section: Table, directory: string, mistakes: string[]): readonly FormatEntry[] {
  return entriesOf(section, 'workitems', mistakes).flatMap(([key, value]) => {
    const where = `workitem format ${shown(key)}`;
    const format = key.toLowerCase();
    const module = moduleIn(value, where, directory, mistakes);
    if (!CONTENT_TYPE.test(key))
      mistakes.push(`${where}: a content type such as application/x-your-workitem is wanted`);
    else if (builtInFormats.has(format))
      mistakes.push(`${where}: this format is built in, and no plugin may replace it`);
    else if (module !== undefined) return [{ format, module }];
    return [];
  });
}

function entriesOf(section: Table, key: string, mistakes: string[]): readonly [string, unknown][] {
  const table = ownValue(section, key);
  if (table === undefined) return [];
  if (isJsonObject(table)) return Object.entries(table);
  mistakes.push(`"${key}" must be an object of names and modules, not ${shown(table)}`);
  return [];
}

/** Absolute path of a module, or `undefined` and a mistake more. */
function moduleIn(value: unknown, where: string, directory: string, mistakes: string[]): string | undefined {
  if (isJsonObject(value)) mistakes.push(`${where}: an object is not supported by this version; a path is wanted`);
  else if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    mistakes.push(`${where}: the path of a module is wanted, such as "./worker.js", not ${shown(value)}`);
  } else if (!resolve(directory, value).startsWith(directory + sep)) {
    mistakes.push(`${where}: ${shown(value)} leads out of the plugin's directory`);
  } else return join(directory, value);
  return undefined;
}

function needsIn(section: Table, mistakes: string[]): Pick<Plugin, 'needsSection' | 'needsUser'> {
  const given = (['needsSection', 'needsUser'] as const).filter((key) => Object.hasOwn(section, key));
  for (const key of given) {
    if (typeof section[key] !== 'boolean') mistakes.push(`"${key}" must be true or false, not ${shown(section[key])}`);
  }
  return Object.fromEntries(given.map((key) => [key, section[key] === true]));
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return printable(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
