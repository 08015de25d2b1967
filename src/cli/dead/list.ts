// `taskqueue dead list`: what is parked, and why; nothing changes.
import type { Command } from 'commander';
import { factsOf, type ParkedFacts } from '../../parked/facts.ts';
import { Groups } from '../../parked/groups.ts';
import { lookThrough } from '../../parked/look.ts';
import { Newest } from '../../parked/newest.ts';
import { isSelected } from '../../parked/selection.ts';
import { counted } from '../counted.ts';
import type { Done, Io } from '../io.ts';
import { titled } from '../style.ts';
import { withBroker } from '../with-broker.ts';
import { groupJson, groupsText, rowJson, rowsText } from './list-text.ts';
import { addQueue, addSelection, type QueueChoice, queueOf, type SelectOptions, selectionOf } from './options.ts';
import { PATIENCE_MS, sayIncomplete, toolsOf, Wanted } from './tools.ts';

interface ListOptions extends SelectOptions {
  readonly queue: QueueChoice;
  readonly group?: boolean;
}

const DEFAULT_LIMIT = 1_000;

export function registerList(dead: Command, io: Io, done: Done): void {
  const command = dead
    .command('list')
    .description('list what is parked, the newest last')
    .option('--group', 'equal errors together: the same type, and the same message but for numbers, ids and paths');
  addQueue(addSelection(command, io))
    .addHelpText('after', HELP)
    .action(async (ids: string[], options: ListOptions) => done(await list(ids, options, io)));
}

const HELP = `
Without --limit, the newest 1000 are listed. On a terminal, RUN is the end of the run where there is no room for all of
it: as much as the other commands need to know which one is meant.

Examples:
  taskqueue dead list
  taskqueue dead list --type resize --newer-than 1h
  taskqueue dead list --group
  taskqueue dead list --reason crashed --json | jq -r .run`;

async function list(ids: readonly string[], options: ListOptions, io: Io): Promise<number> {
  const queue = queueOf(options.queue);
  const wanted = new Wanted(ids);
  const [rows, groups, isWhole] = await withBroker(io, options, async (broker) => {
    const tools = toolsOf(broker);
    const selection = selectionOf(ids, options, tools.clock.now());
    let [rows, groups] = [new Newest(options.limit ?? DEFAULT_LIMIT), new Groups()];
    const { isWhole } = await lookThrough(tools, {
      queue,
      patienceMs: PATIENCE_MS,
      begin: () => {
        [rows, groups] = [new Newest(options.limit ?? DEFAULT_LIMIT), new Groups()];
      },
      visit: ({ message }) => {
        const facts = factsOf(message);
        if (!isSelected(facts, selection)) return;
        wanted.found(facts);
        rows.add(facts);
        if (options.group) groups.add(facts);
      },
    });
    return [rows, groups, isWhole] as const;
  });
  if (options.group) printGroups(groups, options, io);
  else printRows(rows, options, queue, io);
  sayIncomplete(io, isWhole);
  return wanted.conclude(io, queue);
}

function printRows(rows: Newest, options: ListOptions, queue: string, io: Io): void {
  const shown: readonly ParkedFacts[] = rows.all();
  if (options.json) for (const row of shown) io.out(rowJson(row));
  else if (shown.length > 0) io.out(titled(rowsText(shown, io.columns, Date.now()), io));
  if (rows.count > shown.length) {
    io.err(`taskqueue: these are the newest ${shown.length} of ${rows.count}; --limit shows more\n`);
  } else if (!options.json && shown.length === 0) io.err(`nothing of the kind is in ${queue}\n`);
}

function printGroups(groups: Groups, options: ListOptions, io: Io): void {
  const all = groups.all();
  const shown = all.slice(0, options.limit ?? DEFAULT_LIMIT);
  if (options.json) for (const group of shown) io.out(groupJson(group));
  else if (shown.length > 0) io.out(titled(groupsText(shown, io.columns, Date.now()), io));
  const hidden = all.length - shown.length;
  if (hidden > 0)
    io.err(`taskqueue: ${counted(hidden, 'group has', 'groups have')} been left out; --limit shows more\n`);
  if (groups.leftOut > 0) io.err(`taskqueue: ${groups.leftOut} messages are in no group: there are too many errors\n`);
}
