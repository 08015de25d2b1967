// What daemons answer. One closed, versioned union; everything in it has been read from the counters and tables of the daemon.
import type { Pause } from './standing.ts';

interface AboutAnswer {
  readonly v: 1;
  readonly host: string;
  readonly daemon: 'dispatcher' | 'workerpool';
  /** Names the process: no two daemons have the same. */
  readonly name: string;
}

export type Answer =
  | (AboutAnswer & { readonly kind: 'status'; readonly status: DispatcherStatus | PoolStatus })
  | (AboutAnswer & { readonly kind: 'why'; readonly whereabouts: readonly Whereabouts[] })
  /** The listener is noted. */
  | (AboutAnswer & { readonly kind: 'listening' })
  /** What has become of an order here. */
  | (AboutAnswer & { readonly kind: 'obeyed'; readonly done: string });

export interface AboutDaemon {
  readonly pid: number;
  readonly release: string;
  /** ms since 1970 */
  readonly startedAt: number;
  readonly broker: string;
  /** Why something does not work, in words; `null` where all is well. */
  readonly problem: string | null;
  readonly pauses: readonly Pause[];
}

export interface DispatcherStatus extends AboutDaemon {
  readonly kind: 'dispatcher';
  /** Since it was started. */
  readonly forwarded: number;
  readonly inFlight: number;
  /** Queues that it has set workitems aside for: they are missing, or refuse. */
  readonly awaited: readonly string[];
  /** Worker queues that it has put workitems into since it was started; the latest, where there are very many. */
  readonly queues: readonly QueueCount[];
}

export interface QueueCount {
  readonly queue: string;
  readonly forwarded: number;
}

export interface PoolStatus extends AboutDaemon {
  readonly kind: 'workerpool';
  readonly groups: readonly GroupStatus[];
  /** Waiting in the broker because this pool sent them there. */
  readonly postponed: number;
}

export interface GroupStatus {
  readonly type: string;
  /** `null`: the type itself, not one of its groups. */
  readonly group: string | null;
  /** `null`: as nobody in particular. */
  readonly user: string | null;
  readonly resultsRoutingKey: string;
  /** How many instances there shall be. */
  readonly wanted: number;
  /** Since the pool was started. */
  readonly finished: number;
  readonly failed: number;
  /** The last one that failed; `null`: none has. */
  readonly lastFailure: LastFailure | null;
  readonly instances: readonly InstanceStatus[];
}

export interface LastFailure {
  /** ms since 1970 */
  readonly at: number;
  readonly error: string;
}

export interface InstanceStatus {
  readonly name: string;
  readonly pid: number | null;
  /** A phase of `pool/instance-state.ts`. */
  readonly phase: string;
  /** Since when it is in this phase (ms since 1970). */
  readonly since: number;
  readonly problem: string | null;
  readonly jobs: readonly JobStatus[];
}

export interface JobStatus {
  readonly id: string;
  readonly run: string;
  readonly attempt: number;
  /** ms since 1970 */
  readonly startedAt: number;
  /** 0 … 1; `null` where the handler has told none. */
  readonly progress: number | null;
  readonly note: string;
}

/** Where a daemon knows a workitem to be, or to have been. */
export type Whereabouts = {
  readonly id: string;
  /** Empty where it is not known. */
  readonly run: string;
  /** Empty where it is not known. */
  readonly type: string;
  /** Since when, or when (ms since 1970): of what several daemons say about a run, the latest counts. */
  readonly at: number;
} & (
  | { readonly state: 'running'; readonly instance: string; readonly pid: number | null; readonly job: JobStatus }
  /** Taken from the queue, not begun: its type is busy. */
  | { readonly state: 'waiting'; readonly instance: string }
  /** Handled; the broker has not confirmed yet what follows from that. */
  | { readonly state: 'settling'; readonly instance: string }
  /** In the hands of a dispatcher: not passed on yet. */
  | { readonly state: 'passing' }
  /** Sent into a delay from here; `attempt`: which one follows. */
  | { readonly state: 'delayed'; readonly untilMs: number; readonly why: string; readonly attempt: number }
  /** Ended here, not long ago: `finished`, `failed`, `cancelled` or `expired`. */
  | { readonly state: 'ended'; readonly status: string; readonly error: string | null }
  | { readonly state: 'parked'; readonly reason: string; readonly error: string }
  /** The dispatcher has set it aside: there is no queue for its type, or that queue refuses. */
  | { readonly state: 'unroutable'; readonly queue: string }
  /** Put into its worker queue from here, not long ago. */
  | { readonly state: 'routed'; readonly queue: string }
  /** It is not to be worked on, as soon as anybody gets it. */
  | { readonly state: 'cancelled'; readonly by: string; readonly reason: string }
);
