// `taskqueue dead delete`: counts first, then asks, then deletes what has been counted, and nothing that came later.
import type { Command } from 'commander';
import { atOnce, deleteParked, MOST_AT_ONCE } from '../../parked/act.ts';
import { factsOf, keyOf } from '../../parked/facts.ts';
import { type LookTools, lookThrough } from '../../parked/look.ts';
import { isEverything, isSelected, type Selection } from '../../parked/selection.ts';
import { confirm } from '../confirm.ts';
import { EXIT_OK } from '../exit-codes.ts';
import type { Done, Io } from '../io.ts';
import { usage } from '../usage.ts';
import { withBroker } from '../with-broker.ts';
import { Conclusion } from './conclusion.ts';
import { Counts } from './counts.ts';
import { addQueue, addSelection, type QueueChoice, queueOf, type SelectOptions, selectionOf } from './options.ts';
import { PATIENCE_MS, sayIncomplete, toolsOf, Wanted } from './tools.ts';

interface DeleteOptions extends SelectOptions {
  readonly queue: QueueChoice;
  readonly all?: boolean;
  readonly yes?: boolean;
}

export function registerDelete(dead: Command, io: Io, done: Done): void {
  const command = dead
    .command('delete')
    .description('delete parked messages for good: counts them, and asks first')
    .option('--all', 'all that is there')
    .option('-y, --yes', 'do not ask');
  addQueue(addSelection(command, io))
    .addHelpText('after', HELP)
    .action(async (ids: string[], options: DeleteOptions) => done(await deleteThem(ids, options, io)));
}

const HELP = `
How many of each type and reason there are is shown before anything is deleted. Where nobody can be asked, --yes is
needed. What is parked after the counting stays.

Examples:
  taskqueue dead delete 9f3c21aa
  taskqueue dead delete --type resize --older-than 30d
  taskqueue dead delete --queue unroutable --type misspelt --yes`;

async function deleteThem(ids: readonly string[], options: DeleteOptions, io: Io): Promise<number> {
  if (!options.yes && !io.isStdinTerminal) throw usage(NOBODY);
  const wanted = new Wanted(ids);
  const queue = queueOf(options.queue);
  return withBroker(io, options, async (broker) => {
    const tools = toolsOf(broker);
    const selection = selectionOf(ids, options, tools.clock.now());
    if (isEverything(selection) && !options.all) throw usage('say which: ids, --type, --reason … or --all');
    const found = await find(tools, queue, selection, atOnce(options.limit), wanted);
    const notFound = wanted.conclude(io, queue);
    if (found.counts.total === 0) {
      if (notFound === EXIT_OK) io.err(`nothing of the kind is in ${queue}\n`);
      return notFound;
    }
    io.err(found.counts.text(io.columns));
    sayIncomplete(io, found.isWhole);
    if (!options.yes && !(await isWanted(found.counts.total, io))) return EXIT_OK;
    return Math.max(notFound, await deleteFound(tools, queue, found, options, io));
  });
}

const NOBODY = 'nobody can be asked here whether to delete them: give --yes';

interface Found {
  readonly counts: Counts;
  /** How many there are of each, by `keyOf`. */
  readonly keys: Map<string, number>;
  readonly isWhole: boolean;
}

async function find(
  tools: LookTools,
  queue: string,
  selection: Selection,
  most: number,
  wanted: Wanted,
): Promise<Found> {
  const counts = new Counts();
  const keys = new Map<string, number>();
  const { isWhole } = await lookThrough(tools, {
    queue,
    patienceMs: PATIENCE_MS,
    begin: () => {
      counts.clear();
      keys.clear();
    },
    visit: ({ message }) => {
      const facts = factsOf(message);
      if (counts.total >= most || !isSelected(facts, selection)) return;
      wanted.found(facts);
      counts.add(facts);
      keys.set(keyOf(facts), (keys.get(keyOf(facts)) ?? 0) + 1);
    },
  });
  return { counts, keys, isWhole };
}

async function isWanted(total: number, io: Io): Promise<boolean> {
  if (await confirm(io, `Delete ${total === 1 ? 'this one' : `these ${total}`} for good?`, NOBODY)) return true;
  io.err('nothing has been deleted\n');
  return false;
}

async function deleteFound(
  tools: LookTools,
  queue: string,
  { keys }: Found,
  { json = false }: DeleteOptions,
  io: Io,
): Promise<number> {
  const conclusion = new Conclusion(io, json);
  const isWhole = await deleteParked(tools, {
    queue,
    patienceMs: PATIENCE_MS,
    limit: MOST_AT_ONCE, // no more have been found
    isMeant: (facts) => {
      const left = keys.get(keyOf(facts)) ?? 0;
      if (left > 0) keys.set(keyOf(facts), left - 1);
      return left > 0;
    },
    onDone: (done) => conclusion.add(done),
  });
  sayIncomplete(io, isWhole);
  return conclusion.say();
}
