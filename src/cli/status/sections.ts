// What `taskqueue status` shows, part by part: each is a table, or lines, and is left out where there is nothing in it. Pure.
import type { Pause } from '../../control/standing.ts';
import { compare } from '../../core/compare.ts';
import { printable } from '../../core/text.ts';
import { counted, countText } from '../counted.ts';
import { adviceFor } from '../fleet/advice.ts';
import { type Fleet, instancesOf, isBusy, isRunning, pausesOf, type QueueDepth, type Told } from '../fleet/fleet.ts';
import type { Flow, Rates } from '../fleet/rates.ts';
import { rateText } from '../rate-text.ts';
import { type Column, tableText } from '../table.ts';
import { cutToWidth } from '../text-width.ts';
import { shortDuration } from '../time-text.ts';
import { failingText } from './failing.ts';
import { groupsText, workText } from './work.ts';

interface Report {
  readonly fleet: Fleet;
  readonly rates: Rates;
  /** Also those that have nothing to do. */
  readonly withIdle: boolean;
}

/** @param width columns of the terminal; `null`: nothing is cut @returns the parts, each with a title as its first line */
export function sectionsFor(report: Report, width: number | null): readonly string[] {
  const { fleet } = report;
  const parts = [
    headText(fleet, width),
    queuesText(report, width),
    dispatchersText(report, width),
    poolsText(fleet, width),
    groupsText(report, width),
    workText(report, width),
    failingText(fleet, width),
    pausesText(fleet, width),
    adviceText(fleet, width),
  ];
  return parts.filter((part) => part !== '');
}

function headText({ broker, dispatchers, pools }: Fleet, width: number | null): string {
  const instances = instancesOf({ pools });
  const [running, busy] = [instances.filter(isRunning).length, instances.filter(isBusy).length];
  const daemons = `${counted(dispatchers.length, 'dispatcher')}, ${counted(pools.length, 'pool')}`;
  const text = `broker ${broker}: ${daemons}; ${running} of ${instances.length} processes run, ${busy} at work`;
  return lines([text], width);
}

interface QueueRow extends QueueDepth {
  readonly flow: Flow;
}

const QUEUES: readonly Column<QueueRow>[] = [
  { title: 'QUEUE', least: 16, cell: ({ queue }) => queue },
  { title: 'READY', align: 'right', cell: ({ messages }) => countText(messages) },
  { title: 'CONSUMERS', align: 'right', cell: ({ consumers }) => countText(consumers) },
  { title: 'IN/S', align: 'right', cell: ({ flow }) => rateText(flow.in) },
  { title: 'OUT/S', align: 'right', cell: ({ flow }) => rateText(flow.out) },
];

function queuesText({ fleet, rates }: Report, width: number | null): string {
  const rows = fleet.queues.map((depth) => ({ ...depth, flow: rates.through(depth.queue) }));
  return rows.length === 0 ? '' : tableText(QUEUES, rows, width);
}

function dispatchersText({ fleet, rates }: Report, width: number | null): string {
  type Row = Fleet['dispatchers'][number];
  const columns: Column<Row>[] = [
    { title: 'DISPATCHER', least: 10, cell: ({ host }) => host },
    ...aboutDaemon<Row>(fleet.at),
    { title: 'FORWARDED', align: 'right', cell: ({ status }) => String(status.forwarded) },
    { title: '/S', align: 'right', cell: ({ name }) => rateText(rates.forwarded(name)) },
    { title: 'IN HAND', align: 'right', cell: ({ status }) => String(status.inFlight) },
  ];
  return fleet.dispatchers.length === 0 ? '' : tableText(columns, byHost(fleet.dispatchers), width);
}

function poolsText({ pools, at }: Fleet, width: number | null): string {
  type Row = Fleet['pools'][number];
  const columns: Column<Row>[] = [
    { title: 'POOL', least: 10, cell: ({ host }) => host },
    ...aboutDaemon<Row>(at),
    { title: 'POSTPONED', align: 'right', cell: ({ status }) => String(status.postponed) },
  ];
  return pools.length === 0 ? '' : tableText(columns, byHost(pools), width);
}

function byHost<Row extends { readonly host: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => compare(a.host, b.host));
}

function aboutDaemon<Row extends Told<Fleet['pools'][number]['status'] | Fleet['dispatchers'][number]['status']>>(
  now: number,
): Column<Row>[] {
  return [
    { title: 'PID', align: 'right', cell: ({ status }) => String(status.pid) },
    { title: 'RELEASE', cell: ({ status }) => status.release },
    { title: 'UP', align: 'right', cell: ({ status }) => shortDuration(now - status.startedAt) },
    { title: 'BROKER', least: 8, cell: ({ status }) => status.broker },
  ];
}

function pausesText(fleet: Fleet, width: number | null): string {
  const columns: Column<Pause>[] = [
    { title: 'PAUSED', least: 8, cell: ({ type }) => type },
    { title: 'BY', least: 6, cell: ({ by }) => by },
    { title: 'FOR', align: 'right', cell: ({ since }) => shortDuration(fleet.at - since) },
    {
      title: 'ENDS',
      cell: ({ untilMs }) => (untilMs === null ? 'when resumed' : `in ${shortDuration(untilMs - fleet.at)}`),
    },
    { title: 'REASON', least: 8, cell: ({ reason }) => reason || '-' },
  ];
  const pauses = pausesOf(fleet);
  return pauses.length === 0 ? '' : tableText(columns, pauses, width);
}

/** Advice is never cut: it is folded. */
function adviceText(fleet: Fleet, width: number | null): string {
  const advice = adviceFor(fleet).map((one) => folded(`- ${printable(one)}`, width));
  return advice.length === 0 ? '' : `ADVICE\n${advice.join('')}`;
}

function folded(text: string, width: number | null): string {
  if (width === null) return `${text}\n`;
  let [folds, line] = ['', ''];
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line.trim() !== '') {
      folds += `${line}\n`;
      line = `  ${word}`;
    } else line = longer;
  }
  return `${folds}${line}\n`;
}

function lines(all: readonly string[], width: number | null): string {
  return all.map((line) => `${width === null ? printable(line) : cutToWidth(printable(line), width)}\n`).join('');
}
