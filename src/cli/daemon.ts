// What the commands of the two daemons have in common.
import type { Command } from 'commander';
import type { Finding } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { configOption } from './common-options.ts';
import { EXIT_CONFIG } from './exit-codes.ts';
import { printFindings } from './findings.ts';
import type { Done, Io } from './io.ts';

interface DaemonCommand {
  readonly name: string;
  readonly description: string;
  readonly help: string;
  /** Resolves with the exit code. */
  run(configFile: string): Promise<number>;
}

export function registerDaemon(
  program: Command,
  io: Io,
  done: Done,
  { name, description, help, run }: DaemonCommand,
): void {
  program
    .command(name)
    .description(description)
    .addOption(configOption(io))
    .addHelpText('after', help)
    .action(async ({ config }: { config: string }) => done(await untilEnd(run, config, io)));
}

/**
 * A daemon that may not start tells all mistakes, not only the first, and tells them last: people look at the end of its
 * journal, and `systemctl status` shows no more than that.
 */
async function untilEnd(run: DaemonCommand['run'], configFile: string, io: Io): Promise<number> {
  try {
    return await run(configFile);
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    printFindings(io, mistakesLast(err.findings));
    return EXIT_CONFIG;
  }
}

function mistakesLast(findings: readonly Finding[]): readonly Finding[] {
  const isMistake = ({ severity }: Finding): boolean => severity === 'mistake';
  return [...findings.filter((one) => !isMistake(one)), ...findings.filter(isMistake)];
}
