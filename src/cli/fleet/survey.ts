// What runs at one broker, as its daemons tell it, and how full the queues are. Nothing is consumed: queues are only asked for.
import type { Broker, QueueInfo } from '../../broker/broker.ts';
import { DEAD, TASKQUEUE, UNROUTABLE, workerQueue } from '../../broker/topology.ts';
import type { DispatcherStatus, PoolStatus } from '../../control/answer.ts';
import type { AnswerTo, Correspondent } from '../../control/correspondent.ts';
import type { Clock } from '../../core/clock.ts';

/** One daemon and what it says. */
export interface Told<Status> {
  readonly host: string;
  /** Names the process. */
  readonly name: string;
  readonly status: Status;
}

export interface QueueDepth extends QueueInfo {
  readonly queue: string;
}

export interface Fleet {
  /** When it was looked at (ms since 1970). */
  readonly at: number;
  /** host:port */
  readonly broker: string;
  readonly dispatchers: readonly Told<DispatcherStatus>[];
  readonly pools: readonly Told<PoolStatus>[];
  /** Those that exist, of those that daemons speak of. */
  readonly queues: readonly QueueDepth[];
}

export interface SurveyTools {
  readonly broker: Broker;
  readonly correspondent: Correspondent;
  readonly clock: Clock;
}

/** @param forMs how long daemons may take to answer @param expected how many there were before: then it is not waited any longer */
export async function surveyFleet(
  { broker, correspondent, clock }: SurveyTools,
  forMs: number,
  expected?: number,
): Promise<Fleet> {
  const enough = (answers: readonly unknown[]): boolean => expected !== undefined && answers.length >= expected;
  const answers = await correspondent.ask({ kind: 'status' }, { forMs, enough });
  const dispatchers = answers.flatMap((answer) => toldBy(answer, 'dispatcher'));
  const pools = answers.flatMap((answer) => toldBy(answer, 'workerpool'));
  const queues = await depthsOf(broker, queuesOf(dispatchers, pools));
  const byName = (a: Told<unknown>, b: Told<unknown>): number => (a.name < b.name ? -1 : 1);
  return {
    at: clock.now(),
    broker: broker.status.host,
    dispatchers: dispatchers.toSorted(byName),
    pools: pools.toSorted(byName),
    queues,
  };
}

type Status<K> = Extract<AnswerTo['status']['status'], { kind: K }>;

function toldBy<K extends 'dispatcher' | 'workerpool'>(
  { host, name, status }: AnswerTo['status'],
  kind: K,
): Told<Status<K>>[] {
  return status.kind === kind ? [{ host, name, status: status as Status<K> }] : [];
}

/** Anybody can think up types. */
const MOST_QUEUES = 300;

/** Sorted; those of the system first. */
function queuesOf(dispatchers: readonly Told<DispatcherStatus>[], pools: readonly Told<PoolStatus>[]): string[] {
  const groups = pools.flatMap(({ status }) => status.groups);
  const known = dispatchers.flatMap(({ status }) => [...status.awaited, ...status.queues.map(({ queue }) => queue)]);
  const paused = [...dispatchers, ...pools].flatMap(({ status }) => status.pauses.map(({ type }) => workerQueue(type)));
  const work = [...groups.map(({ type }) => workerQueue(type)), ...known.slice(0, MOST_QUEUES), ...paused];
  const results = groups.map(({ resultsRoutingKey }) => resultsRoutingKey).filter((key) => key !== '');
  return [...new Set([TASKQUEUE, ...work.sort(), ...results.sort(), UNROUTABLE, DEAD])];
}

async function depthsOf(broker: Broker, queues: readonly string[]): Promise<QueueDepth[]> {
  const depths: QueueDepth[] = [];
  for (const queue of queues) {
    const info = await broker.queueInfo(queue);
    if (info) depths.push({ queue, ...info });
  }
  return depths;
}
