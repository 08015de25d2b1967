// A fleet as it was seen in one look, and what whoever shows it reads off it. Pure.
import type { DispatcherStatus, GroupStatus, InstanceStatus, PoolStatus } from '../../control/answer.ts';
import type { Pause } from '../../control/standing.ts';
import { compare } from '../../core/compare.ts';

/** One daemon and what it says. */
export interface Told<Status> {
  readonly host: string;
  /** Names the process. */
  readonly name: string;
  readonly status: Status;
}

/** As the broker knows it; `null`: it does not say, since the queue hangs, or has lost its majority. */
export interface QueueDepth {
  readonly queue: string;
  /** Ready to be delivered. */
  readonly messages: number | null;
  readonly consumers: number | null;
}

export interface Daemons {
  readonly dispatchers: readonly Told<DispatcherStatus>[];
  readonly pools: readonly Told<PoolStatus>[];
}

export interface Fleet extends Daemons {
  /** When it was looked at (ms since 1970). */
  readonly at: number;
  /** host:port */
  readonly broker: string;
  /** Those that exist, or may, of those that daemons speak of. */
  readonly queues: readonly QueueDepth[];
}

/** A group of a pool, and where that runs. */
export interface GroupThere {
  readonly host: string;
  /** Names the process of the pool manager. */
  readonly pool: string;
  readonly group: GroupStatus;
}

export function daemonsOf({ dispatchers, pools }: Daemons): readonly Told<DispatcherStatus | PoolStatus>[] {
  return [...dispatchers, ...pools];
}

export function groupsOf({ pools }: Pick<Daemons, 'pools'>): readonly GroupThere[] {
  return pools.flatMap(({ host, name, status }) => status.groups.map((group) => ({ host, pool: name, group })));
}

export function instancesOf(fleet: Pick<Daemons, 'pools'>): readonly InstanceStatus[] {
  return groupsOf(fleet).flatMap(({ group }) => group.instances);
}

/** Every daemon knows all pauses: each is there once. */
export function pausesOf(fleet: Daemons): readonly Pause[] {
  const all = daemonsOf(fleet).flatMap(({ status }) => status.pauses);
  return [...new Map(all.map((pause) => [pause.type, pause])).values()].sort((a, b) => compare(a.type, b.type));
}

export function isRunning({ phase }: InstanceStatus): boolean {
  return phase === 'running';
}

export function isBusy({ jobs }: InstanceStatus): boolean {
  return jobs.length > 0;
}

/** Its process does not run, and there is a reason. */
export function isBroken(instance: InstanceStatus): boolean {
  return !isRunning(instance) && instance.problem !== null;
}

/** As its section in config.ini. */
export function nameOf({ type, group }: Pick<GroupStatus, 'type' | 'group'>): string {
  return group === null ? type : `${type}_${group}`;
}
