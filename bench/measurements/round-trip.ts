// How long one workitem takes on a system that has nothing else to do, from publishing to its result: with and without a
// dispatcher in between, and with the peers. Two worker processes each; one workitem at a time.
import type { Figure } from '../figures.ts';
import { quantile } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import { onBothTypes } from '../stage/scene.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const WORKITEMS = 500;
/** By everybody, before anything counts: until then V8 still compiles what it runs, as the slowest hundredth shows. */
const WARM_UP = 2_500;
const BODY = bodyFor('noop');

export function roundTrip(stage: Stage): Promise<Figure[]> {
  return onBothTypes(stage, sceneOn, async (scenes) => {
    const peers = [await stage.celery(), await stage.bullmq()].map((peer) => ({
      who: peer.who,
      where: 'classic',
      roundTrips: (count: number) => peer.roundTrips(count),
    }));
    const travellers: Traveller[] = [...scenes.flatMap((scene) => scene.travellers), ...peers];
    for (const traveller of travellers) await traveller.roundTrips(stage.count(WARM_UP));
    const contestants = travellers.map(({ who, where, roundTrips }) => ({
      who,
      where,
      run: () => roundTrips(stage.count(WORKITEMS)),
    }));
    return interleaved(stage.repetitions, contestants, () => 'ms');
  });
}

interface Traveller extends Pick<Contestant, 'who' | 'where'> {
  /** So many, one after another: `p50` and `p99` of how long they took, in ms. */
  roundTrips(count: number): Promise<Record<string, number>>;
}

async function sceneOn(
  stage: Stage,
  url: string,
  queueType: QueueType,
): Promise<{ travellers: Traveller[]; end(): Promise<void> }> {
  const client = await Client.open(url);
  for (const queue of ['taskqueue', 'results', 'answers']) await client.declare(queue, queueType);
  const system = new System(stage, url, queueType, { noop: 2 });
  const { program: pool } = await system.pool(2);
  const dispatcher = await system.dispatcher();
  const answers = await client.receive('answers');

  const roundTrips = async (queue: string, count: number): Promise<Record<string, number>> => {
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
    travellers: [
      { who: 'through the dispatcher', where: queueType, roundTrips: (count) => roundTrips('taskqueue', count) },
      { who: 'straight', where: queueType, roundTrips: (count) => roundTrips('worker_noop', count) },
    ],
    end: async () => {
      await client.close();
      await Promise.all([dispatcher.end(), pool.end()]);
    },
  };
}
