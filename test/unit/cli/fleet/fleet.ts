// A small fleet, to be changed by tests.
import type { Fleet, QueueDepth, Told } from '../../../../src/cli/fleet/fleet.ts';
import type {
  DispatcherStatus,
  GroupStatus,
  InstanceStatus,
  JobStatus,
  PoolStatus,
} from '../../../../src/control/answer.ts';

export const NOW = 1_800_000_000_000;

const DAEMON = { pid: 1, release: '1.0.0', startedAt: NOW - 3_600_000, broker: 'mq:5672', problem: null, pauses: [] };

export function job(more: Partial<JobStatus> = {}): JobStatus {
  return { id: 'job-1', run: 'run-1', attempt: 1, startedAt: NOW - 5_000, progress: null, note: '', ...more };
}

export function instance(more: Partial<InstanceStatus> = {}): InstanceStatus {
  return { name: 'build#1', pid: 100, phase: 'running', since: NOW - 60_000, problem: null, jobs: [], ...more };
}

export function group(more: Partial<GroupStatus> = {}): GroupStatus {
  const settings = { type: 'build', group: null, user: null, resultsRoutingKey: 'results' };
  return { ...settings, wanted: 1, finished: 10, failed: 0, lastFailure: null, instances: [instance()], ...more };
}

export function dispatcher(name: string, more: Partial<DispatcherStatus> = {}): Told<DispatcherStatus> {
  const status: DispatcherStatus = {
    ...DAEMON,
    kind: 'dispatcher',
    forwarded: 100,
    inFlight: 0,
    awaited: [],
    queues: [],
    ...more,
  };
  return { host: `host-${name}`, name, status };
}

export function pool(name: string, more: Partial<PoolStatus> = {}): Told<PoolStatus> {
  const status: PoolStatus = { ...DAEMON, kind: 'workerpool', groups: [group()], postponed: 0, ...more };
  return { host: `host-${name}`, name, status };
}

export function queue(name: string, messages: number, consumers: number): QueueDepth {
  return { queue: name, messages, consumers };
}

/** The broker says nothing about it. */
export function silentQueue(name: string): QueueDepth {
  return { queue: name, messages: null, consumers: null };
}

/** All is well: one of each, and empty queues. */
export function fleet(more: Partial<Fleet> = {}): Fleet {
  const queues = [queue('taskqueue', 0, 1), queue('worker_build', 0, 1), queue('results', 0, 1)];
  return { at: NOW, broker: 'mq:5672', dispatchers: [dispatcher('d1')], pools: [pool('p1')], queues, ...more };
}
