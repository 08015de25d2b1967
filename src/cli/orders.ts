// `taskqueue pause`, `resume` and `cancel`: orders to all daemons, also to those that start later. Each says who obeys it.
import { type Command, InvalidArgumentError } from 'commander';
import type { AnswerTo, OrderWish } from '../control/correspondent.ts';
import { LIMITS } from '../control/limits.ts';
import { compare } from '../core/compare.ts';
import { printable } from '../core/text.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { configOption, timeoutOption, waitOption } from './common-options.ts';
import { EXIT_OK } from './exit-codes.ts';
import type { Done, Io } from './io.ts';
import { duration } from './parsers.ts';
import { type Column, tableText } from './table.ts';
import { isoText } from './time-text.ts';
import { refuseOddIds, usage } from './usage.ts';
import { type Asking, type Correspondence, withCorrespondent } from './with-correspondent.ts';

interface OrderOptions extends Asking {
  readonly reason?: string;
  readonly json?: boolean;
}

interface PauseOptions extends OrderOptions {
  /** ms since 1970 */
  readonly until?: number;
  /** ms */
  readonly for?: number;
}

export function registerPause(program: Command, io: Io, done: Done): void {
  const command = program
    .command('pause')
    .description('let nothing of a worker type begin, on any host, until it is resumed; what runs finishes')
    .argument('<type>', 'the worker type')
    .option('--for <duration>', 'it goes on by itself after that: 30m, 2h, 1d', duration)
    .option('--until <time>', 'it goes on by itself then: 18:30, or 2026-12-24T18:30', time);
  addOrderOptions(command, io)
    .addHelpText('after', PAUSE_HELP)
    .action(async (type: string, options: PauseOptions) => done(await pause(type, options, io)));
}

const PAUSE_HELP = `
Daemons that start later obey it, too. What is sent meanwhile waits in its queue.

Examples:
  taskqueue pause resize --reason 'disk full'
  taskqueue pause resize --for 2h
  taskqueue pause resize --until 18:30`;

export function registerResume(program: Command, io: Io, done: Done): void {
  const command = program
    .command('resume')
    .description('let a paused worker type go on')
    .argument('<type>', 'the worker type');
  addOrderOptions(command, io)
    .addHelpText('after', RESUME_HELP)
    .action(async (type: string, options: OrderOptions) => {
      done(await give(io, options, [{ kind: 'resume', type: checkedType(type), reason: reasonOf(options) }]));
    });
}

const RESUME_HELP = `
Examples:
  taskqueue resume resize`;

export function registerCancel(program: Command, io: Io, done: Done): void {
  const command = program
    .command('cancel')
    .description('let workitems not be worked on, wherever they are; those that run are told to stop')
    .argument('<ids...>', 'ids of workitems, or runs');
  addOrderOptions(command, io)
    .addHelpText('after', CANCEL_HELP)
    .action(async (ids: string[], options: OrderOptions) => done(await cancel(ids, options, io)));
}

const CANCEL_HELP = `
It ends as cancelled, and its sender is told: at once where it runs, else when it is its turn. By its id, every workitem with
that id is meant, also one that comes later; by its run, only that one.

Examples:
  taskqueue cancel 0190b6c0-1111-7abc-8def-0123456789ab --reason 'wrong file'`;

function addOrderOptions(command: Command, io: Io): Command {
  return command
    .option('--reason <text>', 'why, for people: it is in the logs, in the status, and in what senders are told', '')
    .addOption(waitOption())
    .addOption(timeoutOption())
    .option('--json', 'print JSON, one line for each order')
    .addOption(configOption(io));
}

async function pause(type: string, options: PauseOptions, io: Io): Promise<number> {
  if (options.for !== undefined && options.until !== undefined) throw usage('give --for or --until, not both');
  const untilMs = options.for === undefined ? (options.until ?? null) : Date.now() + options.for;
  return give(io, options, [{ kind: 'pause', type: checkedType(type), untilMs, reason: reasonOf(options) }]);
}

async function cancel(ids: readonly string[], options: OrderOptions, io: Io): Promise<number> {
  const reason = reasonOf(options);
  refuseOddIds(ids);
  return give(
    io,
    options,
    ids.map((id) => ({ kind: 'cancel', id, reason })),
  );
}

async function give(io: Io, options: OrderOptions, orders: readonly OrderWish[]): Promise<number> {
  await withCorrespondent(io, options, async ({ correspondent }: Correspondence) => {
    for (const order of orders) {
      const answers = await correspondent.order(order, { forMs: options.wait });
      io.out(options.json ? orderJson(order, answers) : orderText(order, answers, io.columns));
    }
  });
  return EXIT_OK;
}

type Obeyed = AnswerTo['order'];

const COLUMNS: readonly Column<Obeyed>[] = [
  { title: 'ON', least: 8, cell: ({ host }) => host },
  { title: 'DAEMON', cell: ({ daemon }) => daemon },
  { title: 'SAYS', least: 12, cell: ({ done }) => done },
];

function orderText(order: OrderWish, answers: readonly Obeyed[], width: number | null): string {
  const sorted = answers.toSorted((a, b) => compare(a.daemon, b.daemon) || compare(a.host, b.host));
  const who = answers.length === 0 ? 'no daemon has answered; those that start later obey it\n' : '';
  return `${printable(summaryOf(order))}\n${who}${answers.length === 0 ? '' : tableText(COLUMNS, sorted, width)}`;
}

function summaryOf(order: OrderWish): string {
  switch (order.kind) {
    case 'cancel':
      return `cancelled: ${order.id}`;
    case 'pause':
      return `paused: ${order.type}, ${order.untilMs === null ? 'until it is resumed' : `until ${isoText(order.untilMs)}`}`;
    case 'resume':
      return `resumed: ${order.type}`;
    default:
      return order satisfies never;
  }
}

/** One line. Its fields are part of the interface. */
function orderJson(order: OrderWish, answers: readonly Obeyed[]): string {
  const told = answers.map(({ host, daemon, name, done }) => ({ host, daemon, name, done }));
  return `${JSON.stringify({ ...order, answers: told })}\n`;
}

function checkedType(type: string): string {
  if (!isWorkerType(type)) throw usage(`"${type}" is no worker type: ${WORKER_TYPE_RULE}`);
  return type;
}

function reasonOf({ reason = '' }: OrderOptions): string {
  if (reason.length > LIMITS.reason) throw usage(`the reason is longer than ${LIMITS.reason} characters`);
  return reason;
}

/** ms since 1970; a time of the day is the next one. */
function time(text: string): number {
  const now = new Date();
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  const at = clock
    ? new Date(now.getFullYear(), now.getMonth(), now.getDate(), Number(clock[1]), Number(clock[2]))
    : new Date(text);
  if (clock && at <= now) at.setDate(at.getDate() + 1);
  if (Number.isNaN(at.getTime()) || (clock && Number(clock[1]) > 23)) {
    throw new InvalidArgumentError(
      'Write a time of the day such as 18:30, or a date with one, such as 2026-12-24T18:30.',
    );
  }
  if (at <= now) throw new InvalidArgumentError('That is in the past.');
  return at.getTime();
}
