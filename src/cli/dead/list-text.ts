// `taskqueue dead list` as a table. Pure.
import type { ParkedFacts } from '../../parked/facts.ts';
import type { Group } from '../../parked/groups.ts';
import { SHORTEST_END } from '../../parked/selection.ts';
import { type Column, tableText } from '../table.ts';
import { ageText, isoText } from '../time-text.ts';

/** From so many columns on there is room for whole ids. */
const ROOMY = 120;

/** @param width `null`: not on a terminal, so that everything is there in full */
export function rowsText(rows: readonly ParkedFacts[], width: number | null, now: number): string {
  const type: Column<ParkedFacts> = { title: 'TYPE', least: 8, cell: (row) => typeOf(row) };
  const reason: Column<ParkedFacts> = { title: 'REASON', cell: (row) => row.reason || '-' };
  const error: Column<ParkedFacts> = { title: 'ERROR', least: 10, cell: (row) => row.error || '-' };
  if (width === null) {
    const when: Column<ParkedFacts> = { title: 'WHEN', cell: (row) => isoText(row.at) || '-' };
    return tableText([when, type, reason, ID, { title: 'RUN', cell: runOf }, error], rows, null);
  }
  const age: Column<ParkedFacts> = { title: 'AGE', align: 'right', cell: (row) => ageText(row.at, now) };
  const run: Column<ParkedFacts> = {
    title: 'RUN',
    cell: (row) => (width < ROOMY ? runOf(row).slice(-SHORTEST_END) : runOf(row)),
  };
  return tableText([age, type, reason, run, error], rows, width);
}

const ID: Column<ParkedFacts> = { title: 'ID', cell: (row) => row.id || '-' };
const runOf = (row: ParkedFacts): string => row.run || row.id || '-';

function typeOf({ kind, type }: ParkedFacts): string {
  return kind === 'result' ? `result of ${type || '-'}` : type || '-';
}

export function groupsText(groups: readonly Group[], width: number | null, now: number): string {
  const columns: Column<Group>[] = [
    { title: 'COUNT', align: 'right', cell: (group) => String(group.count) },
    { title: 'NEWEST', align: 'right', cell: (group) => ageText(group.newest, now) },
    { title: 'TYPE', least: 8, cell: (group) => group.type || '-' },
    { title: 'NAME', least: 8, cell: (group) => group.errorName || '-' },
    { title: 'FINGERPRINT', cell: (group) => group.fingerprint },
    { title: 'ERROR', least: 10, cell: (group) => group.error || '-' },
  ];
  return tableText(columns, groups, width);
}

/** One line of JSON. Its fields are part of the interface. */
export function rowJson(facts: ParkedFacts): string {
  return `${JSON.stringify(rowData(facts))}\n`;
}

export function rowData({ at, isReported, ...facts }: ParkedFacts): Readonly<Record<string, unknown>> {
  return { ...facts, at: at === null ? null : isoText(at), reported: isReported };
}

export function groupJson({ oldest, newest, ...group }: Group): string {
  const times = { oldest: isoText(oldest) || null, newest: isoText(newest) || null };
  return `${JSON.stringify({ ...group, ...times })}\n`;
}
