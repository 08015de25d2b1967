// How long one workitem takes on a system that has nothing else to do, from publishing to its result: with and without a
// dispatcher in between, and with the peers. Two worker processes each; one workitem at a time.
import type { Figure } from '../figures.ts';
import { quantile } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import type { Peer } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const WORKITEMS = 500;
const BODY = bodyFor('noop');

export async function roundTrip(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost((classic) =>
    stage.inVhost(async (quorum) => {
      const count = stage.count(WORKITEMS);
      const scenes = [await sceneOn(stage, classic, 'classic', count), await sceneOn(stage, quorum, 'quorum', count)];
      const peers = [await stage.celery(), await stage.bullmq()].map((peer) => contestantOf(peer, count));
      const contestants = [...scenes.flatMap((scene) => scene.contestants), ...peers];
      const figures = await interleaved(stage.repetitions, contestants, () => 'ms');
      for (const { end } of scenes) await end();
      return figures;
    }),
  );
}

function contestantOf(peer: Peer, count: number): Contestant {
  return { who: peer.who, where: 'classic', run: () => peer.roundTrips(count) };
}

async function sceneOn(
  stage: Stage,
  url: string,
  queueType: QueueType,
  count: number,
): Promise<{ contestants: Contestant[]; end(): Promise<void> }> {
  const client = await Client.open(url);
  for (const queue of ['taskqueue', 'results', 'answers']) await client.declare(queue, queueType);
  const system = new System(stage, url, queueType, { noop: 2 });
  const { program: pool } = await system.pool(2);
  const dispatcher = await system.dispatcher();
  const answers = await client.receive('answers');

  const roundTrips = async (queue: string): Promise<Record<string, number>> => {
    const took: number[] = [];
    for (let asked = 0; asked < count; asked++) {
      const correlationId = String(asked);
      const begin = performance.now();
      const isDone = answers.resultFor(correlationId);
      client.send(queue, BODY, { correlationId, replyTo: 'answers' });
      await isDone;
      took.push(performance.now() - begin);
    }
    took.sort((one, other) => one - other);
    return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  };
  return {
    contestants: [
      { who: 'through the dispatcher', where: queueType, run: () => roundTrips('taskqueue') },
      { who: 'straight', where: queueType, run: () => roundTrips('worker_noop') },
    ],
    end: async () => {
      await client.close();
      await Promise.all([dispatcher.end(), pool.end()]);
    },
  };
}
