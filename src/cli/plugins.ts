// `taskqueue plugins`: what is installed on this host.
import type { Command } from 'commander';
import { compare } from '../core/compare.ts';
import { printable } from '../core/text.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import type { Plugin, WorkerEntry } from '../plugin/plugin.ts';
import { configOption } from './common-options.ts';
import { counted } from './counted.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { Done, Io } from './io.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

export function registerPlugins(program: Command, io: Io, done: Done): void {
  program
    .command('plugins')
    .description('list the installed plugins, their worker types and workitem formats, and what is wrong with any')
    .addOption(configOption(io))
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((options: Options) => done(plugins(options, io)));
}

const HELP = `
Plugins are looked for in plugin_path of the configuration. None of their code is run for this list.

Examples:
  taskqueue plugins
  taskqueue plugins --json | jq -r '.plugins[].workers[].type'`;

function plugins(options: Options, io: Io): number {
  const installation = loadInstallation(options.config, { isRoot: io.canSwitchUsers, runsWorkers: true });
  if (options.json) io.out(`${JSON.stringify(asData(installation), null, 2)}\n`);
  else io.out(asText(installation));
  return EXIT_OK;
}

interface Listed {
  readonly plugin: Plugin;
  readonly isAllowed: boolean;
}

function listedOf({ installed, excluded }: Installation): Listed[] {
  const all = [
    ...installed.plugins.map((plugin): Listed => ({ plugin, isAllowed: true })),
    ...excluded.map((plugin): Listed => ({ plugin, isAllowed: false })),
  ];
  return all.sort((a, b) => compare(a.plugin.name, b.plugin.name));
}

function instancesOf({ config }: Installation, type: string): number {
  return config.groups.filter((group) => group.type === type).reduce((sum, { instances }) => sum + instances, 0);
}

function asData(installation: Installation): unknown {
  const listed = listedOf(installation).map(({ plugin, isAllowed }) => {
    const { name, version, directory, formats } = plugin;
    const workers = plugin.workers.map((one) => ({ ...one, instances: instancesOf(installation, one.type) }));
    return { name, version, directory, isAllowed, workers, formats };
  });
  return { plugins: listed, problems: installation.installed.problems };
}

function asText(installation: Installation): string {
  const blocks = [
    ...listedOf(installation).map((listed) => pluginText(listed, installation)),
    ...installation.installed.problems.map(({ plugin, path, types, message }) => {
      const lost = types.length === 0 ? '' : `  do not run: ${types.join(', ')}\n`;
      return `${plugin}  ${path}\n${lost}  problem: ${printable(message)}\n`;
    }),
  ];
  const { pluginPath } = installation.config.general;
  return blocks.length === 0 ? `no plugins in ${pluginPath.join(' or ')}\n` : blocks.join('\n');
}

function pluginText({ plugin, isAllowed }: Listed, installation: Installation): string {
  const { name, version, directory, workers, formats } = plugin;
  const lines = [`${name} ${version}  ${directory}`];
  if (!isAllowed) lines.push('  does not run: not in the list "workers" of [taskqueue]');
  for (const worker of workers) {
    const count = processes(instancesOf(installation, worker.type));
    lines.push(`  worker type ${worker.type}${howItWorks(worker)}: ${count}`);
  }
  for (const { format } of formats) lines.push(`  workitem format ${format}`);
  return `${lines.join('\n')}\n`;
}

function howItWorks(worker: WorkerEntry): string {
  switch (worker.kind) {
    case 'class':
      return '';
    case 'rpc':
      return ' (JSON-RPC)';
    case 'command':
      return ` (${printable(worker.command.join(' '))})`;
    default:
      return worker satisfies never;
  }
}

const processes = (count: number): string => {
  if (count === 0) return 'no processes ("taskqueue check" may tell why)';
  return counted(count, 'process', 'processes');
};
