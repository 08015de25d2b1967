// `taskqueue check`: what holds, or everything that is wrong.
import type { Command } from 'commander';
import { WORKER_USER } from '../child/worker-user.ts';
import type { Finding } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import { configOption } from './common-options.ts';
import { counted } from './counted.ts';
import { type EffectiveSection, effectiveSections, effectiveText } from './effective.ts';
import { EXIT_CONFIG, EXIT_OK } from './exit-codes.ts';
import { printFindings } from './findings.ts';
import type { Done, Io } from './io.ts';
import { findingsAboutUsers } from './worker-users.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function registerCheck(program: Command, io: Io, done: Done): void {
  program
    .command('check')
    .description('print what holds for every group of workers, or all that is wrong with the configuration')
    .addOption(configOption(io))
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print only what is wrong')
    .addHelpText('after', HELP)
    .action(async (options: Options) => done(await check(options, io)));
}

const HELP = `
Passwords are masked. Mistakes, warnings and notes go to stderr, one line each; with --json, all is on stdout. The exit
code is 78 where there is a mistake: the daemons would not start.

Examples:
  taskqueue check
  taskqueue check -q -c ./config.ini && echo fine
  taskqueue check --json | jq '.groups[].name'`;

async function check(options: Options, io: Io): Promise<number> {
  try {
    const installation = loadInstallation(options.config, { isRoot: io.canSwitchUsers, runsWorkers: true });
    const findings = [...installation.findings, ...(await findingsAboutUsers(installation, io.canSwitchUsers))];
    if (options.json) io.out(asJson(installation, findings, io));
    else {
      if (!options.quiet) io.out(asText(installation, io));
      printFindings(io, options.quiet ? findings.filter(({ severity }) => severity !== 'note') : findings);
    }
    return EXIT_OK;
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    if (options.json) io.out(`${JSON.stringify({ findings: err.findings }, null, 2)}\n`);
    else printFindings(io, err.findings);
    return EXIT_CONFIG;
  }
}

function sectionsOf({ config, installed }: Installation, { canSwitchUsers }: Io): EffectiveSection[] {
  const pluginOf = (type: string): string => {
    const plugin = installed.plugins.find(({ workers }) => workers.some((worker) => worker.type === type));
    return plugin === undefined ? 'unknown' : `${plugin.name} ${plugin.version}`;
  };
  return effectiveSections(config, pluginOf, canSwitchUsers ? WORKER_USER : null);
}

function asText(installation: Installation, io: Io): string {
  const { files, groups, general } = installation.config;
  const from = files.length === 0 ? 'no configuration file: all of these are defaults' : `from ${files.join(', ')}`;
  const processes = groups.reduce((sum, { instances }) => sum + instances, 0);
  const summary =
    groups.length === 0
      ? `no worker would run: no plugin in ${general.pluginPath.join(':')} may run`
      : `${counted(processes, 'process', 'processes')} in ${counted(groups.length, 'group')}`;
  return `; ${from}\n\n${effectiveText(sectionsOf(installation, io))}\n; ${summary}\n`;
}

function asJson(installation: Installation, findings: readonly Finding[], io: Io): string {
  const sections = sectionsOf(installation, io).map(({ lines, settings }) => {
    return { options: Object.fromEntries(lines.map(({ key, value }) => [key, value])), settings };
  });
  const [amqp, taskqueue] = sections.map(({ options }) => options);
  const groups = installation.config.groups.map(({ name, type, group, instances }, index) => {
    return { name, type, group, instances, ...sections[index + 2] }; // behind [amqp] and [taskqueue]
  });
  return `${JSON.stringify({ files: installation.config.files, amqp, taskqueue, groups, findings }, null, 2)}\n`;
}
