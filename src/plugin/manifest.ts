// What a package.json says about a plugin, as values. Pure: whether the files exist, and whom they belong to, is seen to
// by discover.ts. Each table of its key "taskqueue" has a reader in a file of its own.
import { didYouMean } from '../core/suggest.ts';
import { printable } from '../core/text.ts';
import { isJsonObject, ownValue } from '../workitem/json.ts';
import { shown, type Table } from './manifest-entries.ts';
import { formatsIn } from './manifest-formats.ts';
import { workersIn } from './manifest-workers.ts';
import type { Plugin } from './plugin.ts';

type Manifest =
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
    mistakes.push('"taskqueue" names neither "workers" nor "rpc" nor "workitems"');
  }
  if (mistakes.length > 0) {
    return { kind: 'mistakes', name: name || directory, types: workers.map(({ type }) => type), mistakes };
  }
  return { kind: 'plugin', plugin: { name, version: versionIn(packageJson), directory, workers, formats, ...needs } };
}

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

const KNOWN_KEYS = ['workers', 'rpc', 'workitems', 'needsSection', 'needsUser'];

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

function needsIn(section: Table, mistakes: string[]): Pick<Plugin, 'needsSection' | 'needsUser'> {
  const given = (['needsSection', 'needsUser'] as const).filter((key) => Object.hasOwn(section, key));
  for (const key of given) {
    if (typeof section[key] !== 'boolean') mistakes.push(`"${key}" must be true or false, not ${shown(section[key])}`);
  }
  return Object.fromEntries(given.map((key) => [key, section[key] === true]));
}
