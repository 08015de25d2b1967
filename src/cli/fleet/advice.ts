// What is off, and what to do about it: one sentence each, the gravest first. Pure.
import { DEAD, TASKQUEUE, typeOfQueue, UNROUTABLE, workerQueue } from '../../broker/topology.ts';
import { daemonsOf, type Fleet, groupsOf, isBroken, nameOf, pausesOf } from './fleet.ts';

/** So many results in a queue that nobody reads are no accident any more. */
const MANY_RESULTS = 100;

export function adviceFor(fleet: Fleet): readonly string[] {
  return [
    ...missingDaemons(fleet),
    ...silentQueues(fleet),
    ...brokenDaemons(fleet),
    ...mixedReleases(fleet),
    ...failingGroups(fleet),
    ...queuesOff(fleet),
    ...kept(fleet),
  ];
}

function missingDaemons(fleet: Fleet): string[] {
  const { dispatchers, pools, queues } = fleet;
  if (daemonsOf(fleet).length === 0) {
    return [
      'no daemon answers at this broker: start taskqueue-dispatcher and taskqueue-workerpool, or look at another broker with -c',
    ];
  }
  if (dispatchers.length === 0) {
    const taskqueue = queues.find(({ queue }) => queue === TASKQUEUE);
    return [missingDispatcher(taskqueue ? taskqueue.consumers : 0)];
  }
  if (pools.length === 0)
    return ['no pool manager runs: nothing is worked on; start taskqueue-workerpool on the hosts that shall work'];
  return [];
}

/** @param consumers of `taskqueue` */
function missingDispatcher(consumers: number | null): string {
  if (consumers === null) return 'no dispatcher answers: start taskqueue-dispatcher on one host, where none runs';
  if (consumers === 0)
    return 'no dispatcher runs: what is sent to taskqueue waits there; start taskqueue-dispatcher on one host';
  return 'no dispatcher answers, though somebody consumes taskqueue: an older dispatcher, or a program that takes its place?';
}

/** So many are named. */
const MOST_SILENT = 5;

function silentQueues({ queues }: Fleet): string[] {
  const silent = queues.filter(({ messages }) => messages === null).map(({ queue }) => queue);
  if (silent.length === 0) return [];
  const others = silent.length > MOST_SILENT ? ` and ${silent.length - MOST_SILENT} more queues` : '';
  const named = `${silent.slice(0, MOST_SILENT).join(', ')}${others}`;
  return [
    `the broker says nothing about ${named}: hung, or without a majority of nodes? See rabbitmqctl list_unresponsive_queues`,
  ];
}

function brokenDaemons(fleet: Fleet): string[] {
  return daemonsOf(fleet).flatMap(({ host, status }) =>
    status.problem === null ? [] : [`the ${status.kind} on ${host}: ${status.problem}`],
  );
}

function mixedReleases(fleet: Fleet): string[] {
  const releases = [...new Set(daemonsOf(fleet).map(({ status }) => status.release))].sort();
  return releases.length < 2
    ? []
    : [`daemons of several releases run (${releases.join(', ')}): finish the upgrade, or the rollback`];
}

function failingGroups(fleet: Fleet): string[] {
  return groupsOf(fleet).flatMap(({ host, group }) => {
    const failing = group.instances.filter(isBroken);
    const [first] = failing;
    if (!first) return [];
    const how = `${failing.length} of ${group.instances.length} processes of ${nameOf(group)} on ${host} do not run`;
    return [`${how}: ${first.problem}; see journalctl -u taskqueue-workerpool there`];
  });
}

function queuesOff(fleet: Fleet): string[] {
  const paused = new Set(pausesOf(fleet).map(({ type }) => type));
  const results = new Set(groupsOf(fleet).map(({ group }) => group.resultsRoutingKey));
  return fleet.queues.flatMap(({ queue, messages, consumers }) => {
    const type = typeOfQueue(queue);
    if (consumers === null || messages === null || consumers > 0 || messages === 0) return [];
    if (queue === TASKQUEUE)
      return fleet.dispatchers.length === 0 ? [] : [`${messages} in taskqueue, and no dispatcher consumes them`];
    if (type !== undefined)
      return paused.has(type) ? [] : [`${messages} in ${queue}, and nobody consumes them: no pool runs "${type}" now`];
    return results.has(queue) && messages >= MANY_RESULTS
      ? [`${messages} results in ${queue}, and nobody reads them: read them, or set results_routing_key to nothing`]
      : [];
  });
}

function kept({ queues, dispatchers, pools }: Fleet): string[] {
  const depth = (name: string): number => queues.find(({ queue }) => queue === name)?.messages ?? 0;
  const installed = new Set(groupsOf({ pools }).map(({ group }) => workerQueue(group.type)));
  const awaited = new Set(dispatchers.flatMap(({ status }) => status.awaited).filter((queue) => !installed.has(queue)));
  const types = [...awaited]
    .map(typeOfQueue)
    .filter((type) => type !== undefined)
    .sort();
  const advice: string[] = [];
  if (types.length > 0)
    advice.push(
      `no plugin for ${types.join(' or ')} is installed on any host: ${types.length === 1 ? 'its' : 'their'} workitems wait in ${UNROUTABLE}`,
    );
  else if (depth(UNROUTABLE) > 0)
    advice.push(
      `${depth(UNROUTABLE)} in ${UNROUTABLE}, waiting for a queue that takes them: see taskqueue dead list --queue unroutable`,
    );
  if (depth(DEAD) > 0) advice.push(`${depth(DEAD)} parked in ${DEAD}: see taskqueue dead list --group`);
  return advice;
}
