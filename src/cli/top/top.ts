// `taskqueue top`: the fleet, looked at again and again. On a terminal it has the whole screen; in a pipe it prints a page, or
// a line of JSON, for each look.
import { type Command, Option } from 'commander';
import { pause } from '../../core/clock.ts';
import { configOption, timeoutOption } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { NO_RATES, ratesBetween } from '../fleet/rates.ts';
import { surveyFleet } from '../fleet/survey.ts';
import type { Done, Io } from '../io.ts';
import { duration, wholeNumber } from '../parsers.ts';
import type { Connecting } from '../with-broker.ts';
import { type Correspondence, withCorrespondent } from '../with-correspondent.ts';
import { screenFor } from './screen.ts';
import { watchFleet } from './watch.ts';

interface Options extends Connecting {
  /** ms */
  readonly interval: number;
  readonly count?: number;
  readonly json?: boolean;
}

/** How long daemons may take to answer a look. */
const ANSWERS_WITHIN_MS = 400;
/** Of a page in a pipe. */
const PLAIN_COLUMNS = 160;

export function registerTop(program: Command, io: Io, done: Done): void {
  program
    .command('top')
    .description('watch the fleet: backlogs, rates, and what each process works on')
    .addOption(configOption(io))
    .addOption(new Option('-i, --interval <duration>', 'how often to look').argParser(duration).default(2_000, '2s'))
    .addOption(new Option('-n, --count <number>', 'stop after so many looks').argParser(wholeNumber))
    .addOption(timeoutOption())
    .option('--json', 'print a line of JSON for each look')
    .addHelpText('after', HELP)
    .action(async (options: Options) => done(await top(options, io)));
}

const HELP = `
Keys: arrows, Page Up, Page Down, Home and End scroll the processes, space freezes, q quits. In a pipe it prints a page for
each look. Nothing is consumed, and daemons are only asked.

Examples:
  taskqueue top
  taskqueue top -n 1 | head -40
  taskqueue top --json -n 1 | jq '.queues'`;

async function top(options: Options, io: Io): Promise<number> {
  return withCorrespondent(io, options, async (correspondence) => {
    const look = (): Promise<Fleet> => surveyFleet(correspondence, ANSWERS_WITHIN_MS);
    const terminal = options.json || options.count !== undefined ? null : io.terminal;
    if (terminal === null) await printLooks(look, correspondence, options, io);
    else await watchFleet({ terminal, clock: correspondence.clock, intervalMs: options.interval, look });
    return EXIT_OK;
  });
}

async function printLooks(
  look: () => Promise<Fleet>,
  { clock }: Correspondence,
  { interval, count = Number.POSITIVE_INFINITY, json }: Options,
  io: Io,
): Promise<void> {
  let before: Fleet | undefined;
  for (let number = 1; number <= count; number++) {
    const fleet = await look();
    const rates = before ? ratesBetween(before, fleet) : NO_RATES;
    const view = { fleet, rates, scroll: 0, isFrozen: false, problem: null };
    if (json) io.out(`${JSON.stringify(fleet)}\n`);
    else
      io.out(
        `${screenFor(view, io.columns ?? PLAIN_COLUMNS, null)
          .lines.map((line) => line.trimEnd())
          .join('\n')}\n\n`,
      );
    before = fleet;
    if (number < count) await pause(clock, interval);
  }
}
