// `taskqueue dead show`: everything about one message, or a few; nothing changes.
import type { Command } from 'commander';
import type { TaskqueueError } from '../../core/errors.ts';
import { factsOf, keyOf } from '../../parked/facts.ts';
import { lookThrough } from '../../parked/look.ts';
import { isEverything, isSelected } from '../../parked/selection.ts';
import type { Message } from '../../workitem/message.ts';
import type { Done, Io } from '../io.ts';
import { usage } from '../usage.ts';
import { withBroker } from '../with-broker.ts';
import { addQueue, addSelection, type QueueChoice, queueOf, type SelectOptions, selectionOf } from './options.ts';
import { messageJson, messageText } from './show-text.ts';
import { PATIENCE_MS, sayIncomplete, toolsOf, Wanted } from './tools.ts';

interface ShowOptions extends SelectOptions {
  readonly queue: QueueChoice;
  readonly body?: boolean;
}

/** What is shown is in memory, with its body. */
const MOST_SHOWN = 20;

export function registerShow(dead: Command, io: Io, done: Done): void {
  const command = dead
    .command('show')
    .description('show everything about a parked message: why it is there, headers, trace, body')
    .option('--body', 'write the body to standard output, byte for byte, and nothing else');
  addQueue(addSelection(command, io))
    .addHelpText('after', HELP)
    .action(async (ids: string[], options: ShowOptions) => done(await show(ids, options, io)));
}

const HELP = `
Shows ${MOST_SHOWN} at most.

Examples:
  taskqueue dead show 9f3c21aa
  taskqueue dead show 9f3c21aa --body > body.json
  taskqueue dead show --type resize --limit 1`;

async function show(ids: readonly string[], options: ShowOptions, io: Io): Promise<number> {
  const queue = queueOf(options.queue);
  const wanted = new Wanted(ids);
  const found = new Map<string, Message>();
  const isWhole = await withBroker(io, options, async (broker) => {
    const tools = toolsOf(broker);
    const selection = selectionOf(ids, options, tools.clock.now());
    if (isEverything(selection) && options.limit === undefined) throw usage('say which: an id, or --type, --reason …');
    const most = Math.min(options.limit ?? MOST_SHOWN, MOST_SHOWN);
    const { isWhole } = await lookThrough(tools, {
      queue,
      patienceMs: PATIENCE_MS,
      begin: () => undefined,
      visit: ({ message }) => {
        const facts = factsOf(message);
        if (!isSelected(facts, selection)) return;
        wanted.found(facts);
        if (found.size < most) found.set(keyOf(facts), message);
      },
    });
    return isWhole;
  });
  const messages = [...found.values()];
  if (options.body) writeBody(messages, io);
  else
    io.out(
      messages.map((one) => (options.json ? messageJson(one) : messageText(one, Date.now()))).join(between(options)),
    );
  if (messages.length === 0 && ids.length === 0) io.err(`nothing of the kind is in ${queue}\n`);
  sayIncomplete(io, isWhole);
  return wanted.conclude(io, queue);
}

const between = ({ json }: ShowOptions): string => (json ? '' : '\n');

function writeBody(messages: readonly Message[], io: Io): void {
  const [only, ...others] = messages;
  if (others.length > 0) throw ambiguous(messages);
  if (only !== undefined) io.outBytes(only.body);
}

function ambiguous(messages: readonly Message[]): TaskqueueError {
  const runs = messages.map((message) => factsOf(message).run).join(', ');
  return usage(`${messages.length} of them are meant, and --body is for one: name it by its run: ${runs}`);
}
