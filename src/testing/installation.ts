// The installation that a test wants: these plugins, and this configuration.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TaskqueueError } from '../core/errors.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';

/**
 * @param plugins directories, each with the package.json of a plugin; as they are in no plugin directory, ownership and modes do
 *   not matter
 * @param config text of a config.ini; `[amqp]`, `plugin_path` and the list of plugins have no effect
 * @throws ConfigError with all mistakes of the configuration
 * @throws TaskqueueError `PLUGIN` where a plugin is none, or cannot run
 */
export function installationOf(plugins: readonly string[], config: string): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'taskqueue-testing-'));
  try {
    const installed = join(directory, 'plugins');
    mkdirSync(installed);
    for (const [index, plugin] of plugins.entries()) symlinkSync(packageAt(plugin), join(installed, `${index}`));
    const file = join(directory, 'config.ini');
    writeFileSync(file, `${config}\n[taskqueue]\nplugin_path = ${installed}\nworkers = *\n`);
    const installation = loadInstallation(file, { isRoot: false, runsWorkers: true });
    demandRunnable(installation, plugins);
    return installation;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function packageAt(plugin: string): string {
  const directory = resolve(plugin);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TaskqueueError('PLUGIN', `no directory ${directory}: the directory of a plugin is wanted`);
  }
  return realpathSync(directory);
}

function demandRunnable({ config, installed }: Installation, plugins: readonly string[]): void {
  const [problem] = installed.problems;
  if (problem) throw new TaskqueueError('PLUGIN', problem.message);
  const found = installed.plugins.map(({ directory }) => directory);
  const missing = plugins.map(packageAt).find((directory) => !found.includes(directory));
  if (missing) throw new TaskqueueError('PLUGIN', `${missing} is no plugin: its package.json has no key "taskqueue"`);
  if (config.groups.length === 0)
    throw new TaskqueueError('PLUGIN', 'no worker type of these plugins runs: see their sections');
}
