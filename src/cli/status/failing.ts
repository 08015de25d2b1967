// What is failing, and why: processes that do not run, and workitems that failed not long ago. Pure.
import type { GroupStatus } from '../../control/answer.ts';
import { type Fleet, groupsOf, isBroken, nameOf } from '../fleet/fleet.ts';
import { type Column, tableText } from '../table.ts';
import { shortDuration } from '../time-text.ts';

interface Failure {
  readonly what: string;
  readonly host: string;
  readonly count: string;
  /** Since when, or when it was the last time (ms since 1970). */
  readonly at: number;
  readonly why: string;
}

/** What failed before then is in taskqueue.dead, or in the results, and not news. */
const RECENT_MS = 3_600_000;

export function failingText(fleet: Fleet, width: number | null): string {
  const { at } = fleet;
  const failures = groupsOf(fleet).flatMap(({ host, group }) => [
    ...brokenProcesses(group, host),
    ...failedLately(group, host, at),
  ]);
  const columns: Column<Failure>[] = [
    { title: 'FAILING', least: 8, cell: ({ what }) => what },
    { title: 'ON', least: 6, cell: ({ host }) => host },
    { title: 'HOW MANY', align: 'right', cell: ({ count }) => count },
    { title: 'AGO', align: 'right', cell: (failure) => shortDuration(at - failure.at) },
    { title: 'WHY', least: 12, cell: ({ why }) => why },
  ];
  return failures.length === 0 ? '' : tableText(columns, failures, width);
}

function brokenProcesses(group: GroupStatus, host: string): Failure[] {
  const broken = group.instances.filter(isBroken);
  const [first] = broken.toSorted((a, b) => b.since - a.since);
  if (!first) return [];
  const count = `${broken.length} of ${group.instances.length}`;
  return [{ what: `${nameOf(group)}: processes`, host, count, at: first.since, why: first.problem ?? '' }];
}

function failedLately(group: GroupStatus, host: string, now: number): Failure[] {
  const { failed, lastFailure } = group;
  if (lastFailure === null || now - lastFailure.at > RECENT_MS) return [];
  return [
    { what: `${nameOf(group)}: workitems`, host, count: String(failed), at: lastFailure.at, why: lastFailure.error },
  ];
}
