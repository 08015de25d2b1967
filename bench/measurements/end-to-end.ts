// From a backlog to confirmed results, with 1, 2, 4 and 8 worker processes: through dispatcher and pool, straight to the worker
// queue, and with the peers. All stay up throughout; whoever's turn it is stands still while its queue is filled.
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import { type Peer, PROCESSES } from '../stage/peer.ts';
import { onBothTypes } from '../stage/scene.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const OURS = 3_000;
const CELERYS = 1_000;
const BULLMQS = 5_000;
/** By each process, before anything counts: until then V8 still compiles what it runs, and eight processes do so eight times. */
const WARM_UP = 2_000;
/** Numbers of processes. */
const COMPARED: Readonly<Record<QueueType, readonly number[]>> = { classic: PROCESSES, quorum: [2, 8] };

export function endToEnd(stage: Stage): Promise<Figure[]> {
  return onBothTypes(stage, sceneOn, async (scenes) => {
    const drainers = [
      ...scenes.flatMap((scene) => scene.drainers),
      ...drainersOf(await stage.celery(), CELERYS),
      ...drainersOf(await stage.bullmq(), BULLMQS),
    ];
    for (const { processes, drainRate } of drainers) await drainRate(processes * stage.count(WARM_UP));
    const contestants = drainers.map((one): Contestant => contestantOf(one, stage.count(one.backlog)));
    return interleaved(stage.repetitions, contestants, () => '/s');
  });
}

interface Drainer extends Pick<Contestant, 'who' | 'where'> {
  readonly processes: number;
  /** How many workitems its turns take. */
  readonly backlog: number;
  /** Of so many, from the first result to the last: workitems per second. */
  drainRate(count: number): Promise<number>;
}

function contestantOf({ who, where, drainRate }: Drainer, count: number): Contestant {
  return { who, where, run: async () => ({ rate: await drainRate(count) }) };
}

function drainersOf(peer: Peer, backlog: number): Drainer[] {
  return PROCESSES.map((processes) => ({
    who: peer.who,
    where: whereOf(processes),
    processes,
    backlog,
    drainRate: (count) => peer.drainRate(processes, count),
  }));
}

function whereOf(processes: number, queueType: QueueType = 'classic'): string {
  return `${processes} process${processes === 1 ? '' : 'es'}${queueType === 'quorum' ? ', quorum' : ''}`;
}

async function sceneOn(
  stage: Stage,
  url: string,
  queueType: QueueType,
): Promise<{ drainers: Drainer[]; end(): Promise<void> }> {
  const numbers = COMPARED[queueType];
  const client = await Client.open(url);
  for (const queue of ['taskqueue', 'results']) await client.declare(queue, queueType);
  const instances = Object.fromEntries(numbers.map((processes) => [`noop${processes}`, processes]));
  const system = new System(stage, url, queueType, instances);
  const { program: pool } = await system.pool(numbers.reduce((sum, processes) => sum + processes, 0));
  const dispatcher = await system.dispatcher();
  const results = await client.receive('results');

  const drainer = (processes: number, isThroughDispatcher: boolean): Drainer => {
    const first = isThroughDispatcher ? dispatcher : pool;
    const queue = isThroughDispatcher ? 'taskqueue' : `worker_noop${processes}`;
    const body = bodyFor(`noop${processes}`);
    return {
      who: isThroughDispatcher ? 'through the dispatcher' : 'straight',
      where: whereOf(processes, queueType),
      processes,
      backlog: OURS,
      drainRate: async (count) => {
        first.suspend();
        await client.fill(count, () => ({ queue, body }));
        return await results.rateOf(count, () => first.resume());
      },
    };
  };
  return {
    drainers: numbers.flatMap((processes) => [drainer(processes, true), drainer(processes, false)]),
    end: async () => {
      await client.close();
      await Promise.all([dispatcher.end(), pool.end()]);
    },
  };
}
