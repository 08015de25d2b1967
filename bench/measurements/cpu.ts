// CPU time per workitem of everything that takes part: a backlog through the dispatcher to two worker processes.
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import { cpuMsOf } from '../stage/process-figures.ts';
import { onBothTypes } from '../stage/scene.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const WORKITEMS = 4_000;
const BODY = bodyFor('noop');

export function cpu(stage: Stage): Promise<Figure[]> {
  return onBothTypes(stage, sceneOn, (scenes) => {
    const contestants = scenes.map(({ contestant }) => contestant);
    return interleaved(stage.repetitions, contestants, () => 'µs');
  });
}

async function sceneOn(
  stage: Stage,
  url: string,
  queueType: QueueType,
): Promise<{ contestant: Contestant; end(): Promise<void> }> {
  const client = await Client.open(url);
  for (const queue of ['taskqueue', 'results']) await client.declare(queue, queueType);
  const system = new System(stage, url, queueType, { noop: 2 });
  const { program: pool, pids } = await system.pool(2);
  const dispatcher = await system.dispatcher();
  const broker = await stage.brokerPid();
  const count = stage.count(WORKITEMS);
  const used = (): Record<string, number> => ({
    dispatcher: cpuMsOf(dispatcher.pid),
    pool: cpuMsOf(pool.pid),
    'worker processes': cpuMsOf(...pids),
    broker: cpuMsOf(broker),
  });

  // Results are left in their queue, so that the broker's time is that of the way, not of our receiver.
  const run = async (): Promise<Record<string, number>> => {
    dispatcher.suspend();
    await client.fill(count, () => ({ queue: 'taskqueue', body: BODY }));
    const before = used();
    dispatcher.resume();
    await client.arrivalRate('results', count);
    const after = used();
    await client.purge('results');
    return Object.fromEntries(
      Object.entries(after).map(([name, ms]) => [`${name}, per workitem`, ((ms - (before[name] ?? 0)) * 1000) / count]),
    );
  };
  return {
    contestant: { who: 'CPU', where: queueType, run },
    end: async () => {
      await client.close();
      await Promise.all([dispatcher.end(), pool.end()]);
    },
  };
}
