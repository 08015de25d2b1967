// `taskqueue dead requeue`: sends parked messages again. Each leaves the queue only when the broker has confirmed it where
// it went.
import type { Command } from 'commander';
import { DEAD } from '../../broker/topology.ts';
import { type Done as Act, atOnce, MOST_AT_ONCE, requeueParked } from '../../parked/act.ts';
import { isEverything, isSelected } from '../../parked/selection.ts';
import type { Done, Io } from '../io.ts';
import { usage } from '../usage.ts';
import { withBroker } from '../with-broker.ts';
import { Conclusion } from './conclusion.ts';
import { addSelection, type SelectOptions, selectionOf } from './options.ts';
import { PATIENCE_MS, sayIncomplete, toolsOf, Wanted } from './tools.ts';

interface RequeueOptions extends SelectOptions {
  readonly all?: boolean;
  readonly withoutExpiry?: boolean;
}

export function registerRequeue(dead: Command, io: Io, done: Done): void {
  const command = dead
    .command('requeue')
    .description('send parked workitems and results again')
    .option('--all', 'all that is parked')
    .option('--without-expiry', 'also what has expired meanwhile: its tq-expires no longer counts');
  addSelection(command, io)
    .addHelpText('after', HELP)
    .action(async (ids: string[], options: RequeueOptions) => done(await requeue(ids, options, io)));
}

const HELP = `
A workitem begins a new life at the queue of its type: attempt 1, tq-run-of names the life before. One whose type nobody
knows goes to the dispatcher, which takes it for one newly sent. A parked result is sent to where it was to go. Nothing
is lost where this is ended in between, but one or the other may then run twice. What cannot be sent stays parked: exit
code 65 where the reason is in the message, 69 where it is at the broker. At most 100,000 are sent at a time.

Examples:
  taskqueue dead requeue 9f3c21aa
  taskqueue dead requeue --type resize --reason crashed
  taskqueue dead requeue --fingerprint 6dd1c2a90b77 --limit 10`;

async function requeue(ids: readonly string[], options: RequeueOptions, io: Io): Promise<number> {
  const wanted = new Wanted(ids);
  const conclusion = new Conclusion(io, options.json ?? false);
  let meant = 0;
  const isWhole = await withBroker(io, options, async (broker) => {
    const tools = toolsOf(broker);
    const selection = selectionOf(ids, options, tools.clock.now());
    if (isEverything(selection) && !options.all) throw usage('say which: ids, --type, --reason … or --all');
    const act = {
      queue: DEAD,
      patienceMs: PATIENCE_MS,
      limit: atOnce(options.limit),
      isMeant: (facts: Act['facts']) => {
        if (!isSelected(facts, selection)) return false;
        wanted.found(facts);
        meant++;
        return true;
      },
      onDone: (done: Act) => conclusion.add(done),
    };
    return requeueParked(tools, act, { withoutExpiry: options.withoutExpiry ?? false });
  });
  sayIncomplete(io, isWhole);
  if (meant === MOST_AT_ONCE) io.err(`taskqueue: no more than ${MOST_AT_ONCE} at a time: again, for what is left\n`);
  return Math.max(wanted.conclude(io, DEAD), conclusion.say());
}
