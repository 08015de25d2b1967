// `taskqueue status`: what runs at this broker, how it goes, and what is off; nothing changes. Daemons are asked twice, a second
// apart, which tells how fast it goes.
import type { Command } from 'commander';
import { pause } from '../../core/clock.ts';
import { configOption, timeoutOption, waitOption } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { adviceFor } from '../fleet/advice.ts';
import { daemonsOf, type Fleet, pausesOf } from '../fleet/fleet.ts';
import { NO_RATES, type Rates, ratesBetween } from '../fleet/rates.ts';
import { surveyFleet } from '../fleet/survey.ts';
import type { Done, Io } from '../io.ts';
import { titled } from '../style.ts';
import { type Asking, type Correspondence, withCorrespondent } from '../with-correspondent.ts';
import { sectionsFor } from './sections.ts';

interface StatusOptions extends Asking {
  readonly all?: boolean;
  readonly json?: boolean;
}

const BETWEEN_LOOKS_MS = 1_000;

export function registerStatus(program: Command, io: Io, done: Done): void {
  program
    .command('status')
    .description('show what runs at this broker, how it goes, and what is off')
    .option('--all', 'also list processes that have nothing to do')
    .addOption(waitOption())
    .addOption(timeoutOption())
    .option('--json', 'print JSON')
    .addOption(configOption(io))
    .addHelpText('after', HELP)
    .action(async (options: StatusOptions) => done(await status(options, io)));
}

const HELP = `
Queues are only asked for, never consumed. Whoever asks needs the permission to write to the exchange taskqueue.control.

Examples:
  taskqueue status
  taskqueue status --all | less
  taskqueue status --json | jq -r '.advice[]'
  taskqueue status --json | jq '.queues[] | select((.queue | startswith("worker_")) and .consumers == 0 and .messages > 0)'`;

async function status(options: StatusOptions, io: Io): Promise<number> {
  const [fleet, rates] = await withCorrespondent(io, options, (tools) => look(tools, options.wait));
  if (options.json) io.out(statusJson(fleet, rates));
  else {
    const parts = sectionsFor({ fleet, rates, withIdle: options.all ?? false }, io.columns);
    io.out(parts.map((part) => titled(part, io)).join('\n'));
  }
  return EXIT_OK;
}

async function look(tools: Correspondence, waitMs: number): Promise<readonly [Fleet, Rates]> {
  const before = await surveyFleet(tools, waitMs);
  const known = daemonsOf(before).length;
  if (known === 0) return [before, NO_RATES];
  await pause(tools.clock, BETWEEN_LOOKS_MS);
  const after = await surveyFleet(tools, waitMs, known);
  return [after, ratesBetween(before, after)];
}

/** One document. Its fields are part of the interface: those of docs/control.md, with rates per second, or null. */
function statusJson(fleet: Fleet, rates: Rates): string {
  const queues = fleet.queues.map((depth) => {
    const flow = rates.through(depth.queue);
    return { ...depth, inPerSecond: flow.in, outPerSecond: flow.out };
  });
  const dispatchers = fleet.dispatchers.map(({ host, name, status }) => {
    return { host, name, ...status, forwardedPerSecond: rates.forwarded(name) };
  });
  const pools = fleet.pools.map(({ host, name, status }) => {
    const groups = status.groups.map((group) => ({ ...group, endedPerSecond: rates.ended(name, group) }));
    return { host, name, ...status, groups };
  });
  const { at, broker } = fleet;
  const data = { at, broker, queues, dispatchers, pools, pauses: pausesOf(fleet), advice: adviceFor(fleet) };
  return `${JSON.stringify(data, null, 2)}\n`;
}
