// Finds the installed plugins: in, and under `node_modules` of, each directory of `plugin_path`. Looks at package.json
// and at the files' names, owners and dates; no code of a plugin is ever imported here.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from '../core/compare.ts';
import { messageOf } from '../core/errors.ts';
import { ownershipProblem } from '../core/ownership.ts';
import { type Candidate, candidatesIn } from './candidates.ts';
import { isFile, ownProgramProblem } from './command-line.ts';
import { withoutConflicts } from './conflicts.ts';
import { readManifest } from './manifest.ts';
import type { FormatEntry, Installed, Plugin, PluginProblem, WorkerEntry } from './plugin.ts';
import { walkTree } from './tree.ts';

interface DiscoverOptions {
  /** Where we can switch users: plugins that anybody but root may change are refused. */
  readonly mustBelongToRoot: boolean;
  /** Names of the plugins that may run; `null`, or absent: all. Others are listed too, but their claims do not count. */
  readonly allowed?: readonly string[] | null;
}

export function discoverPlugins(pluginPath: readonly string[], options: DiscoverOptions): Installed {
  const seen = new Set<string>();
  const plugins: Plugin[] = [];
  const problems: PluginProblem[] = [];
  for (const found of pluginPath.flatMap(candidatesIn)) {
    if (seen.has(found.directory)) continue;
    seen.add(found.directory);
    const result = pluginIn(found, options);
    if (result?.kind === 'plugin') plugins.push(result.plugin);
    if (result?.kind === 'problem') problems.push(result.problem);
  }
  const isAllowed = ({ name }: Plugin): boolean => options.allowed?.includes(name) ?? true;
  const settled = withoutConflicts(plugins.filter(isAllowed).sort(byName));
  const excluded = plugins.filter((plugin) => !isAllowed(plugin));
  return {
    plugins: [...settled.plugins, ...excluded].sort(byName),
    problems: [...problems, ...settled.problems],
  };
}

type Result =
  | { readonly kind: 'plugin'; readonly plugin: Plugin }
  | { readonly kind: 'problem'; readonly problem: PluginProblem }
  /** No plugin. */
  | undefined;

function pluginIn(found: Candidate, options: DiscoverOptions): Result {
  const { directory } = found;
  const problem = (plugin: string, types: readonly string[], message: string): Result => ({
    kind: 'problem',
    problem: { plugin, path: found.path, types, message },
  });

  const read = readPackageJson(directory);
  if (read.kind === 'absent') return undefined;
  if (read.kind === 'unreadable') return found.isDependency ? undefined : problem(found.path, [], read.why);

  const manifest = readManifest(read.value, directory);
  if (manifest.kind === 'none') return undefined;
  if (manifest.kind === 'mistakes') {
    return problem(manifest.name, manifest.types, `package.json: ${manifest.mistakes.join('; ')}`);
  }

  const { plugin } = manifest;
  const types = plugin.workers.map(({ type }) => type);
  const missing = [...plugin.workers, ...plugin.formats].find((entry) => problemOf(entry) !== undefined);
  if (missing) return problem(plugin.name, types, `${nameOf(missing)}: ${problemOf(missing)}`);

  const wrongWay = options.mustBelongToRoot ? ownershipProblem(found.path) : undefined;
  if (wrongWay !== undefined) return problem(plugin.name, types, wrongWay);
  const tree = walkTree(directory, options.mustBelongToRoot);
  if (tree.kind === 'problem') return problem(plugin.name, types, tree.message);
  return { kind: 'plugin', plugin: { ...plugin, fingerprint: tree.fingerprint } };
}

const MAX_PACKAGE_JSON_BYTES = 1024 * 1024;

type PackageJson =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

function readPackageJson(directory: string): PackageJson {
  const file = join(directory, 'package.json');
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return { kind: 'absent' };
    if (!found.isFile()) return { kind: 'unreadable', why: 'package.json is no file' };
    if (found.size > MAX_PACKAGE_JSON_BYTES) return { kind: 'unreadable', why: 'package.json is larger than 1 MiB' };
    return { kind: 'read', value: JSON.parse(readFileSync(file, 'utf8')) };
  } catch (err) {
    return { kind: 'unreadable', why: `package.json cannot be read: ${messageOf(err)}` };
  }
}

function problemOf(entry: WorkerEntry | FormatEntry): string | undefined {
  if ('command' in entry) return ownProgramProblem(entry);
  return isFile(entry.module) ? undefined : `there is no file ${entry.module} (is it built?)`;
}

function nameOf(entry: WorkerEntry | FormatEntry): string {
  return 'type' in entry ? `worker "${entry.type}"` : `workitem format "${entry.format}"`;
}

function byName(a: Plugin, b: Plugin): number {
  return compare(a.name, b.name) || compare(a.directory, b.directory);
}
