// The command line: how whatever goes wrong ends in one line and an exit code. A daemon's modules are imported only by the
// command that runs it; and a daemon imports nothing of the other commands: it shall be at work at once.
import { Command, CommanderError } from 'commander';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { RELEASE } from '../core/release.ts';
import { printable } from '../core/text.ts';
import { registerDispatcher } from './dispatcher.ts';
import { EXIT_OK, EXIT_SOFTWARE, EXIT_USAGE, exitCodeOf } from './exit-codes.ts';
import type { Done, Io } from './io.ts';
import { registerWorkerpool } from './workerpool.ts';

/** @param args without `node` and the script @returns the exit code */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_OK;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = createProgram(io, done, args);
  try {
    const isDaemon = program.commands.some((command) => command.name() === args[0]);
    if (!isDaemon) (await import('./commands.ts')).registerCommands(program, io, done);
    await program.parseAsync(withoutVainHelp(program, args), { from: 'user' });
    return exitCode;
  } catch (err) {
    return exitCodeFor(err, io);
  }
}

/** With the commands of the daemons alone. */
function createProgram(io: Io, done: Done, args: readonly string[]): Command {
  const program: Command = new Command('taskqueue');
  const outputError = (text: string, write: (line: string) => void): void =>
    write(inOneLine(text, [program.name(), ...namesOf(program, args)].join(' ')));
  program
    .description('Divides work among networked machines, over RabbitMQ.')
    .version(RELEASE, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError });
  registerDispatcher(program, io, done);
  registerWorkerpool(program, io, done);
  program.addHelpText('after', HELP);
  return program;
}

const HELP = `
Exit codes: 0 done, 1 it was waited for and failed, 64 wrong usage, 65 not possible with what is there, 66 not found,
69 broker not available, 70 a mistake of taskqueue's, 77 no permission, 78 wrong configuration.
Examples:
  taskqueue status                            what runs, how it goes, and what is off
  taskqueue check                             what holds, or all that is wrong with the configuration
  taskqueue send echo '{"hello": "world"}'    a workitem for the worker type "echo"
  taskqueue demo                              see the whole system at work; needs nothing installed`;

/** The command that a command line names: of `dead show 9f3c21aa`, `dead` and `show`. */
function namesOf(parent: Command, [name, ...rest]: readonly string[]): string[] {
  const command = parent.commands.find((one) => one.name() === name);
  return command === undefined ? [] : [command.name(), ...namesOf(command, rest)];
}

/** Of `help nosuch` the command that there is not: it shall be told of like one that is to be run. */
function withoutVainHelp(program: Command, args: readonly string[]): readonly string[] {
  const [help, name] = args;
  const isVain = help === 'help' && name !== undefined && name !== 'help' && namesOf(program, [name]).length === 0;
  return isVain ? args.slice(1) : args;
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` → `taskqueue: unknown option '--jsn' (Did you mean --json?)` */
function inOneLine(text: string, command: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  return `taskqueue: ${printable(line)}; see "${command} --help"\n`;
}

function exitCodeFor(err: unknown, io: Io): number {
  if (err instanceof CommanderError) return err.exitCode === 0 ? EXIT_OK : EXIT_USAGE; // it has said why
  io.err(`taskqueue: ${printable(messageOf(err))}\n`);
  if (err instanceof TaskqueueError) return exitCodeOf(err.code);
  if (err instanceof Error && err.stack !== undefined) io.err(`${err.stack}\n`); // a mistake of ours: whoever mends it needs this
  return EXIT_SOFTWARE;
}
