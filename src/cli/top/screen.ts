// What `taskqueue top` shows: the types with their backlog, what is off, and what each process works on, the longest first. Pure.
import { workerQueue } from '../../broker/topology.ts';
import type { InstanceStatus, JobStatus } from '../../control/answer.ts';
import { compare } from '../../core/compare.ts';
import { printable } from '../../core/text.ts';
import { counted, countText } from '../counted.ts';
import { adviceFor } from '../fleet/advice.ts';
import { type Fleet, groupsOf, instancesOf, isBroken, isBusy, isRunning, pausesOf } from '../fleet/fleet.ts';
import type { Rates } from '../fleet/rates.ts';
import { progressBar } from '../progress-bar.ts';
import { rateText } from '../rate-text.ts';
import { type Column, tableText } from '../table.ts';
import { cutToWidth, padded, widthOf } from '../text-width.ts';
import { shortDuration } from '../time-text.ts';

export interface View {
  readonly fleet: Fleet;
  readonly rates: Rates;
  /** How many lines of the lower table are above what is shown. */
  readonly scroll: number;
  readonly isFrozen: boolean;
  /** Why it could not be looked again; `null` while it can. */
  readonly problem: string | null;
}

interface Screen {
  readonly lines: readonly string[];
  /** Which of them are titles. */
  readonly titles: ReadonlySet<number>;
  /** As far as it can be scrolled. */
  readonly mostScroll: number;
  /** How many lines of the lower table there is room for. */
  readonly page: number;
}

/** @param rows `null`: as many lines as it takes */
export function screenFor(view: View, columns: number, rows: number | null): Screen {
  const { fleet } = view;
  const types = linesOf(TYPE_COLUMNS, typeRows(view), columns);
  const work = linesOf(WORK_COLUMNS, workRows(fleet), columns);
  const advice = [...(view.problem === null ? [] : [view.problem]), ...adviceFor(fleet)];
  const upper = shortened(types, rows === null ? null : Math.max(4, Math.floor(rows * 0.4)), 'types');
  const warnings = shortened(
    advice.map((one) => cutToWidth(printable(`! ${one}`), columns)),
    rows === null ? null : 3,
    'more',
  );
  const head = [headLine(view, columns), '', ...upper, ...(warnings.length > 0 ? ['', ...warnings] : []), ''];
  const [title = '', ...entries] = work;
  const page = rows === null ? entries.length : Math.max(1, rows - head.length - 2);
  const mostScroll = Math.max(0, entries.length - page);
  const from = Math.min(view.scroll, mostScroll);
  const foot = rows === null ? [] : [footLine(view, from, Math.min(page, entries.length), entries.length, columns)];
  return {
    lines: [...head, title, ...entries.slice(from, from + page), ...foot].slice(0, rows ?? undefined),
    titles: new Set([0, 2, head.length]),
    mostScroll,
    page,
  };
}

function headLine({ fleet, isFrozen }: View, columns: number): string {
  const instances = instancesOf(fleet);
  const parts = [
    counted(fleet.dispatchers.length, 'dispatcher'),
    counted(fleet.pools.length, 'pool'),
    `${instances.filter(isRunning).length}/${instances.length} processes`,
    `${instances.filter(isBusy).length} busy`,
  ];
  const time = `${isFrozen ? 'frozen ' : ''}${new Date(fleet.at).toTimeString().slice(0, 8)}`;
  const left = cutToWidth(printable(`${fleet.broker}: ${parts.join(', ')}`), columns - widthOf(time) - 1);
  return `${padded(left, columns - widthOf(time), 'left')}${time}`;
}

function footLine({ isFrozen }: View, from: number, shown: number, all: number, columns: number): string {
  const where = shown < all ? `${from + 1}-${from + shown} of ${all}   arrows scroll   ` : '';
  return cutToWidth(`${where}space ${isFrozen ? 'goes on' : 'freezes'}   q quits`, columns);
}

interface TypeRow {
  readonly type: string;
  readonly waiting: string;
  /** As far as it is known. */
  readonly backlog: number;
  readonly busy: number;
  readonly running: number;
  readonly wanted: number;
  readonly rate: number | null;
  readonly failed: number;
  readonly note: string;
}

const TYPE_COLUMNS: readonly Column<TypeRow>[] = [
  { title: 'TYPE', least: 8, cell: ({ type }) => type },
  { title: 'WAITING', align: 'right', cell: ({ waiting }) => waiting },
  { title: 'BUSY', align: 'right', cell: ({ busy }) => `${busy}` },
  { title: 'PROCS', align: 'right', cell: ({ running, wanted }) => `${running}/${wanted}` },
  { title: 'DONE/S', align: 'right', cell: ({ rate }) => rateText(rate) },
  { title: 'FAILED', align: 'right', cell: ({ failed }) => `${failed}` },
  { title: 'NOTE', least: 4, cell: ({ note }) => note },
];

/** The longest backlog first. */
function typeRows({ fleet, rates }: View): readonly TypeRow[] {
  const groups = groupsOf(fleet);
  const types = [...new Set(groups.map(({ group }) => group.type))];
  const rows = types.map((type): TypeRow => {
    const own = groups.filter(({ group }) => group.type === type);
    const instances = own.flatMap(({ group }) => group.instances);
    const depth = fleet.queues.find(({ queue }) => queue === workerQueue(type));
    const known = own.map(({ pool, group }) => rates.ended(pool, group)).filter((rate) => rate !== null);
    return {
      type,
      waiting: depth ? countText(depth.messages) : '-',
      backlog: depth?.messages ?? 0,
      busy: instances.filter(isBusy).length,
      running: instances.filter(isRunning).length,
      wanted: sum(own.map(({ group }) => group.wanted)),
      rate: known.length === 0 ? null : sum(known),
      failed: sum(own.map(({ group }) => group.failed)),
      note: noteOn(type, fleet, instances),
    };
  });
  return rows.toSorted((a, b) => b.backlog - a.backlog || b.busy - a.busy || compare(a.type, b.type));
}

function noteOn(type: string, fleet: Fleet, instances: readonly InstanceStatus[]): string {
  const pause = pausesOf(fleet).find((one) => one.type === type);
  if (pause) return `paused by ${pause.by}${pause.reason === '' ? '' : `: ${pause.reason}`}`;
  return instances.find(isBroken)?.problem ?? '';
}

interface WorkRow {
  readonly instance: InstanceStatus;
  readonly host: string;
  readonly job: JobStatus | null;
  readonly now: number;
}

const WORK_COLUMNS: readonly Column<WorkRow>[] = [
  { title: 'PROCESS', least: 10, cell: ({ instance }) => instance.name },
  { title: 'HOST', least: 6, cell: ({ host }) => host },
  { title: 'PID', align: 'right', cell: ({ instance }) => (instance.pid === null ? '-' : `${instance.pid}`) },
  {
    title: 'FOR',
    align: 'right',
    cell: ({ instance, job, now }) => shortDuration(now - (job?.startedAt ?? instance.since)),
  },
  { title: 'WORKITEM', least: 8, cell: ({ instance, job }) => job?.id ?? idleText(instance) },
  { title: '', least: 4, cell: ({ job }) => (job ? jobNote(job) : '') },
];

/** What is worked on, the longest first; then what does not run; then what is idle. */
function workRows(fleet: Fleet): readonly WorkRow[] {
  const instances = groupsOf(fleet).flatMap(({ host, group }) =>
    group.instances.map((instance) => ({ instance, host, now: fleet.at })),
  );
  const rows = instances.flatMap((row): WorkRow[] =>
    row.instance.jobs.length > 0 ? row.instance.jobs.map((job) => ({ ...row, job })) : [{ ...row, job: null }],
  );
  return rows.toSorted((a, b) => rank(a) - rank(b) || (a.job?.startedAt ?? 0) - (b.job?.startedAt ?? 0));
}

function rank({ instance, job }: WorkRow): number {
  if (job) return 0;
  return isRunning(instance) ? 2 : 1;
}

function idleText({ phase, problem }: InstanceStatus): string {
  if (phase === 'running') return '-';
  return `(${phase}${problem === null ? '' : `: ${problem}`})`;
}

function jobNote({ attempt, progress, note }: JobStatus): string {
  const parts = [attempt > 1 ? `attempt ${attempt}` : '', progress === null ? '' : progressBar(progress, 10), note];
  return parts.filter((part) => part !== '').join(' ');
}

function linesOf<Row>(table: readonly Column<Row>[], rows: readonly Row[], columns: number): readonly string[] {
  const lines = tableText(table, rows, columns).trimEnd().split('\n');
  return lines.map((line) => cutToWidth(line, columns)); // where even the narrowest columns are too wide
}

/** At most so many lines; the last one says how many are not shown. */
function shortened(lines: readonly string[], most: number | null, what: string): readonly string[] {
  if (most === null || lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `… ${lines.length - most + 1} ${what === 'more' ? 'more' : `more ${what}`}`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
