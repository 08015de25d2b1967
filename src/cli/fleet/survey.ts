// What runs at one broker, as its daemons tell it, and how full the queues are. Nothing is consumed: queues are only asked for.
// A queue about which the broker says nothing is no reason to say nothing about the others.
import { type Broker, isConnected } from '../../broker/broker.ts';
import { DEAD, TASKQUEUE, UNROUTABLE, workerQueue } from '../../broker/topology.ts';
import type { AnswerTo, Correspondent } from '../../control/correspondent.ts';
import { type Clock, within } from '../../core/clock.ts';
import { compare } from '../../core/compare.ts';
import { type Daemons, type Fleet, groupsOf, pausesOf, type QueueDepth, type Told } from './fleet.ts';

interface SurveyTools {
  readonly broker: Broker;
  readonly correspondent: Pick<Correspondent, 'ask'>;
  readonly clock: Clock;
}

/**
 * @param forMs how long daemons may take to answer
 * @param expected how many there were before: then it is not waited any longer
 * @throws TaskqueueError `UNAVAILABLE` where there is no connection
 */
export async function surveyFleet(tools: SurveyTools, forMs: number, expected?: number): Promise<Fleet> {
  const { broker, correspondent, clock } = tools;
  const enough = (answers: readonly unknown[]): boolean => expected !== undefined && answers.length >= expected;
  const answers = await correspondent.ask({ kind: 'status' }, { forMs, enough });
  const dispatchers = answers.flatMap((answer) => toldBy(answer, 'dispatcher'));
  const pools = answers.flatMap((answer) => toldBy(answer, 'workerpool'));
  const queues = await depthsOf(tools, queuesOf({ dispatchers, pools }));
  const byName = (a: Told<unknown>, b: Told<unknown>): number => compare(a.name, b.name);
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
function queuesOf(daemons: Daemons): string[] {
  const groups = groupsOf(daemons).map(({ group }) => group);
  const known = daemons.dispatchers.flatMap(({ status }) => [
    ...status.awaited,
    ...status.queues.map(({ queue }) => queue),
  ]);
  const paused = pausesOf(daemons).map(({ type }) => workerQueue(type));
  const work = [...groups.map(({ type }) => workerQueue(type)), ...known.slice(0, MOST_QUEUES), ...paused];
  const results = groups.map(({ resultsRoutingKey }) => resultsRoutingKey).filter((key) => key !== '');
  return [...new Set([TASKQUEUE, ...work.sort(), ...results.sort(), UNROUTABLE, DEAD])];
}

/** Each takes a channel for as long as it is asked for. */
const ASKED_AT_ONCE = 32;
/** Of a queue that hangs, the broker says nothing for ever. */
const DEPTH_WITHIN_MS = 5_000;

async function depthsOf(tools: SurveyTools, queues: readonly string[]): Promise<QueueDepth[]> {
  const depths: (QueueDepth | undefined)[] = [];
  const left = queues.entries();
  const askInTurn = async (): Promise<void> => {
    for (const [at, queue] of left) depths[at] = await depthOf(tools, queue);
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askInTurn));
  return depths.filter((depth) => depth !== undefined);
}

/** `undefined` where there is no such queue. */
async function depthOf({ broker, clock }: SurveyTools, queue: string): Promise<QueueDepth | undefined> {
  const asked = broker.queueInfo(queue);
  try {
    if (await within(clock, DEPTH_WITHIN_MS, asked)) {
      const info = await asked;
      return info && { queue, ...info };
    }
  } catch (err) {
    if (!isConnected(broker.status)) throw err;
  }
  return { queue, messages: null, consumers: null };
}
