// Two plugins that claim one worker type, or one format: nobody can say which is meant, so neither runs it. Everything
// else that they bring goes on.
import type { Installed, Plugin, PluginProblem } from './plugin.ts';

/** The plugins without what they cannot both have, and a problem for each such thing that names all who claim it. */
export function withoutConflicts(plugins: readonly Plugin[]): Installed {
  const types = claimedTwice(plugins, (plugin) => plugin.workers.map(({ type }) => type));
  const formats = claimedTwice(plugins, (plugin) => plugin.formats.map(({ format }) => format));
  return {
    plugins: plugins.map((plugin) => ({
      ...plugin,
      workers: plugin.workers.filter(({ type }) => !types.has(type)),
      formats: plugin.formats.filter(({ format }) => !formats.has(format)),
    })),
    problems: [
      ...[...types].map(([type, claimants]) => conflict(`worker type "${type}"`, [type], claimants)),
      ...[...formats].map(([format, claimants]) => conflict(`workitem format "${format}"`, [], claimants)),
    ],
  };
}

function claimedTwice(
  plugins: readonly Plugin[],
  claims: (plugin: Plugin) => readonly string[],
): ReadonlyMap<string, readonly Plugin[]> {
  const claimants = new Map<string, Plugin[]>();
  for (const plugin of plugins) {
    for (const claim of claims(plugin)) claimants.set(claim, [...(claimants.get(claim) ?? []), plugin]);
  }
  return new Map([...claimants].filter(([, those]) => those.length > 1));
}

function conflict(what: string, types: readonly string[], claimants: readonly Plugin[]): PluginProblem {
  const first = claimants[0] as Plugin;
  const names = claimants.map(({ name, directory }) => `${name} (${directory})`).join(' and ');
  return {
    plugin: first.name,
    path: first.directory,
    types,
    message: `the ${what} is claimed by ${names}, so none of them runs it: remove all but one`,
  };
}
