// `taskqueue why`: where a workitem is, and why it is not done yet. Asks all daemons, then looks into what is parked and set
// aside; where nobody holds it, it says exactly that, and what it can be.
import type { Command } from 'commander';
import { TaskqueueError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { configOption, timeoutOption, waitOption } from '../common-options.ts';
import { rowData } from '../dead/list-text.ts';
import { EXIT_NOT_FOUND, EXIT_OK } from '../exit-codes.ts';
import { daemonsOf, pausesOf } from '../fleet/fleet.ts';
import type { Done, Io } from '../io.ts';
import { refuseOddIds } from '../usage.ts';
import { type Asking, withCorrespondent } from '../with-correspondent.ts';
import { type Evidence, gather } from './evidence.ts';
import { type Conclusion, conclude, holdsWithoutKept, type Life } from './verdict.ts';
import { whyText } from './why-text.ts';

interface WhyOptions extends Asking {
  readonly json?: boolean;
}

export function registerWhy(program: Command, io: Io, done: Done): void {
  program
    .command('why')
    .description('tell where a workitem is, and why it is not done yet')
    .argument('<id>', 'the id of a workitem, or one of its runs')
    .addOption(waitOption())
    .addOption(timeoutOption())
    .option('--json', 'print JSON')
    .addOption(configOption(io))
    .addHelpText('after', HELP)
    .action(async (id: string, options: WhyOptions) => done(await why(id, options, io)));
}

const HELP = `
Daemons know what they have in hand for certain, and remember the last thousand that they had. Queues with work in them are
not looked into. The exit code is 66 where nobody knows anything of it.

Examples:
  taskqueue why 0190b6c0-1111-7abc-8def-0123456789ab
  taskqueue why my-id --json | jq -r .state`;

async function why(id: string, options: WhyOptions, io: Io): Promise<number> {
  refuseOddIds([id]);
  const evidence = await withCorrespondent(io, options, (tools) => gather(tools, id, options.wait));
  const now = Date.now();
  const conclusion = conclude(evidence, now);
  const { fleet, refusal } = evidence;
  if (refusal && !holdsWithoutKept(conclusion)) {
    const message = `no daemon that answered has ${id} in hand, and ${refusal.message}`;
    throw new TaskqueueError(refusal.code, message, { cause: refusal });
  }
  const background = { now, daemons: daemonsOf(fleet).length, pauses: pausesOf(fleet) };
  if (options.json) io.out(whyJson(evidence, conclusion, background.daemons));
  else
    io.out(
      whyText(id, conclusion, background)
        .map((line) => `${printable(line)}\n`)
        .join(''),
    );
  if (refusal) io.err(`taskqueue: what is parked, or set aside, was not looked at: ${printable(refusal.message)}\n`);
  else if (!evidence.isWhole)
    io.err('taskqueue: somebody else is at work on what is parked, or set aside: some of it was not seen\n');
  return conclusion.lives.length === 0 && conclusion.cancelled === null ? EXIT_NOT_FOUND : EXIT_OK;
}

/** One document. Its fields are part of the interface; those of a place are as in docs/control.md. */
function whyJson({ id, isWhole }: Evidence, { lives, cancelled, queues }: Conclusion, daemons: number): string {
  const [life, ...others] = lives.map(lifeData);
  const state = life?.state ?? 'unknown';
  return `${JSON.stringify({ id, state, life: life ?? null, otherLives: others, cancelled, queues, daemons, isWhole }, null, 2)}\n`;
}

function lifeData({ run, id, type, verdict }: Life): { readonly state: string } {
  const about = { run, id, type, state: verdict.kind };
  if ('facts' in verdict) return { ...about, ...{ kept: rowData(verdict.facts) } };
  const { host, daemon } = verdict.said;
  const { state: _, ...where } = verdict.where;
  return { ...where, ...about, ...{ host, daemon }, ...(verdict.kind === 'queued' ? { queue: verdict.queue } : {}) };
}
