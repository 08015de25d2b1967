// Configuration × plugins: what shall run on this host. Read once at start, and again at every reload. No code of a
// plugin is imported here.
import { isOwnQueue } from '../broker/topology.ts';
import type { Config, Finding, GroupConfig } from '../config/config.ts';
import { DEFAULT_CONFIG_FILE } from '../config/find-files.ts';
import { deepFreeze } from '../config/freeze.ts';
import { type Basics, loadBasics, refuseMistakes } from '../config/load.ts';
import { createReport } from '../config/report.ts';
import { resolveWorkers } from '../config/resolve-workers.ts';
import { discoverPlugins } from '../plugin/discover.ts';
import type { Installed, Plugin } from '../plugin/plugin.ts';
import { choosePlugins, warnAboutFormats } from './choose-plugins.ts';
import { mayRun } from './may-run.ts';
import { withinMeans } from './within-means.ts';

export interface Installation {
  readonly config: Config;
  /** The plugins that may run, and what is wrong with others. */
  readonly installed: Installed;
  /** Installed, but not listed in `[taskqueue] workers`. */
  readonly excluded: readonly Plugin[];
  /** Warnings and notes. */
  readonly findings: readonly Finding[];
  /** Files that may hold the broker's password. */
  readonly secretFiles: readonly string[];
}

interface InstallationOptions {
  /** Whether this process can switch users: then configuration and plugins must belong to root. */
  readonly isRoot: boolean;
  readonly credentialsDirectory?: string | undefined;
}

interface LoadOptions extends InstallationOptions {
  /** False for who runs no workers: what is said of groups that do not run as configured is nothing to them. */
  readonly runsWorkers: boolean;
}

/**
 * @throws ConfigError with all findings, where there is any mistake
 * @throws TaskqueueError `PERMISSION` where this user may not read the configuration
 */
export function loadInstallation(configFile: string, options: LoadOptions): Installation {
  const basics = loadConfigBasics(configFile, options);
  const found = discoverPlugins(basics.general.pluginPath, {
    mustBelongToRoot: options.isRoot,
    allowed: basics.general.plugins,
  });
  const { installed, excluded } = choosePlugins(found, basics);
  warnAboutFormats(installed, basics);
  const groups = runnableGroups(installed, excluded, basics, options);
  refuseMistakes(basics.report);
  const config = { files: basics.files, amqp: basics.amqp, general: basics.general, groups };
  return {
    config: deepFreeze(config),
    installed,
    excluded,
    findings: basics.report.findings(),
    secretFiles: basics.secretFiles,
  };
}

/** What is known without looking at plugins: enough for whoever only needs the broker. */
export function loadConfigBasics(configFile: string, options: InstallationOptions): Basics {
  return loadBasics(configFile, {
    mustBelongToRoot: options.isRoot,
    optionalFile: DEFAULT_CONFIG_FILE,
    credentialsDirectory: options.credentialsDirectory ?? process.env.CREDENTIALS_DIRECTORY,
    leadsBack: isOwnQueue,
  });
}

/** Sections of types that do not run are read all the same: their mistakes are mistakes. */
function runnableGroups(
  installed: Installed,
  excluded: readonly Plugin[],
  basics: Basics,
  { runsWorkers }: LoadOptions,
): GroupConfig[] {
  const { sections, inherited, report } = basics;
  const plugins = new Map(installed.plugins.flatMap((plugin) => plugin.workers.map(({ type }) => [type, plugin])));
  const others = [...excluded.flatMap(typesOf), ...installed.problems.flatMap(({ types }) => types)];
  const types = [...new Set([...plugins.keys(), ...others])];
  const aboutRunning = runsWorkers ? basics : { ...basics, report: createReport() };
  return resolveWorkers(sections, types, inherited, { leadsBack: isOwnQueue }, report).flatMap((group) => {
    const plugin = plugins.get(group.type);
    if (plugin === undefined || !mayRun(group, plugin, aboutRunning)) return [];
    return [withinMeans(group, plugin, aboutRunning)];
  });
}

const typesOf = (plugin: Plugin): string[] => plugin.workers.map(({ type }) => type);
