// The groups of all pools, and what their processes work on. Pure.
import type { GroupStatus, InstanceStatus, JobStatus } from '../../control/answer.ts';
import { compare } from '../../core/compare.ts';
import { type Fleet, type GroupThere, groupsOf, isBusy, isRunning, nameOf } from '../fleet/fleet.ts';
import type { Rates } from '../fleet/rates.ts';
import { percentText } from '../progress-bar.ts';
import { rateText } from '../rate-text.ts';
import { type Column, tableText } from '../table.ts';
import { shortDuration } from '../time-text.ts';

interface Work {
  readonly fleet: Fleet;
  readonly rates: Rates;
  /** Also those that have nothing to do. */
  readonly withIdle: boolean;
}

export function groupsText({ fleet, rates }: Work, width: number | null): string {
  const rows = groupsOf(fleet);
  const columns: Column<GroupThere>[] = [
    { title: 'GROUP', least: 8, cell: ({ group }) => nameOf(group) },
    { title: 'ON', least: 6, cell: ({ host }) => host },
    { title: 'AS', least: 4, cell: ({ group }) => group.user ?? '-' },
    { title: 'RUNNING', align: 'right', cell: ({ group }) => `${running(group)}/${group.wanted}` },
    { title: 'BUSY', align: 'right', cell: ({ group }) => String(busy(group)) },
    { title: 'DONE', align: 'right', cell: ({ group }) => String(group.finished) },
    { title: 'FAILED', align: 'right', cell: ({ group }) => String(group.failed) },
    { title: '/S', align: 'right', cell: ({ pool, group }) => rateText(rates.ended(pool, group)) },
  ];
  const sorted = rows.toSorted((a, b) => compare(nameOf(a.group), nameOf(b.group)) || compare(a.host, b.host));
  return rows.length === 0 ? '' : tableText(columns, sorted, width);
}

const running = ({ instances }: GroupStatus): number => instances.filter(isRunning).length;
const busy = ({ instances }: GroupStatus): number => instances.filter(isBusy).length;

interface JobRow {
  readonly host: string;
  readonly instance: InstanceStatus;
  /** `null`: it has nothing to do. */
  readonly job: JobStatus | null;
}

/** What has run the longest comes first. */
export function workText({ fleet, withIdle }: Work, width: number | null): string {
  const rows = groupsOf(fleet).flatMap(({ host, group }) =>
    group.instances.flatMap((instance) => jobRows(host, instance, withIdle)),
  );
  const columns: Column<JobRow>[] = [
    { title: 'PROCESS', least: 10, cell: ({ instance }) => instance.name },
    { title: 'ON', least: 6, cell: ({ host }) => host },
    { title: 'PID', align: 'right', cell: ({ instance }) => (instance.pid === null ? '-' : String(instance.pid)) },
    {
      title: 'FOR',
      align: 'right',
      cell: ({ instance, job }) => shortDuration(fleet.at - (job?.startedAt ?? instance.since)),
    },
    { title: 'WORKS ON', least: 8, cell: ({ job, instance }) => job?.id ?? `(${idleText(instance)})` },
    { title: '', least: 4, cell: ({ job }) => (job === null ? '' : progressText(job)) },
  ];
  const since = ({ job, instance }: JobRow): number => job?.startedAt ?? Number.MAX_SAFE_INTEGER / 2 + instance.since;
  return rows.length === 0
    ? ''
    : tableText(
        columns,
        rows.toSorted((a, b) => since(a) - since(b)),
        width,
      );
}

function jobRows(host: string, instance: InstanceStatus, withIdle: boolean): JobRow[] {
  const rows = instance.jobs.map((job) => ({ host, instance, job }));
  return rows.length === 0 && withIdle ? [{ host, instance, job: null }] : rows;
}

function idleText(instance: InstanceStatus): string {
  return isRunning(instance) ? 'nothing' : instance.phase;
}

function progressText({ attempt, progress, note }: JobStatus): string {
  const parts = [attempt > 1 ? `attempt ${attempt}` : '', progress === null ? '' : percentText(progress), note];
  return parts.filter((part) => part !== '').join(' ');
}
