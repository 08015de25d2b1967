// From a backlog to confirmed results, with 1, 2, 4 and 8 worker processes: through dispatcher and pool, straight to the worker
// queue, and with the peers. All stay up throughout; whoever's turn it is stands still while its queue is filled.
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import { type Peer, PROCESSES } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const OURS = 3_000;
const CELERYS = 1_000;
const BULLMQS = 5_000;
/** By each process, before anything counts: until then V8 still compiles what it runs, and eight processes do so eight times. */
const WARM_UP = 2_000;
/** Quorum queues are compared with 2 and 8 processes only. */
const ON_QUORUM: readonly number[] = [2, 8];

export async function endToEnd(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost((classic) =>
    stage.inVhost(async (quorum) => {
      const scenes = [
        await sceneOn(stage, classic, 'classic', PROCESSES),
        await sceneOn(stage, quorum, 'quorum', ON_QUORUM),
      ];
      const drainers = [
        ...scenes.flatMap((scene) => scene.drainers),
        ...drainersOf(await stage.celery(), CELERYS),
        ...drainersOf(await stage.bullmq(), BULLMQS),
      ];
      for (const { processes, drainRate } of drainers) await drainRate(processes * stage.count(WARM_UP));
      const contestants = drainers.map((one): Contestant => contestantOf(one, stage.count(one.backlog)));
      const figures = await interleaved(stage.repetitions, contestants, () => '/s');
      for (const { end } of scenes) await end();
      return figures;
    }),
  );
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
  numbers: readonly number[],
): Promise<{ drainers: Drainer[]; end(): Promise<void> }> {
  const client = await Client.open(url);
  await client.declare('taskqueue', queueType);
  await client.declare('results', queueType);
  const system = new System(
    stage,
    url,
    queueType,
    Object.fromEntries(numbers.map((processes) => [`noop${processes}`, processes])),
  );
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
