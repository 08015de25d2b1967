// Memory, as the proportional share of each process (PSS), of daemons and worker processes that have nothing to do.
import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from '../figures.ts';
import { pssMbOf } from '../stage/process-figures.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const NUMBERS = [0, 1, 10, 100];
/** Start-up leaves garbage, which the first idle moments take away. */
const SETTLES_MS = 2_000;

export async function memory(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const processes of NUMBERS) {
    await stage.inVhost(async (url) => {
      const system = new System(stage, url, 'classic', { noop: processes });
      const { program: pool, pids } = await system.pool(processes);
      const dispatcher = processes === 0 ? await system.dispatcher() : undefined;
      await pause(SETTLES_MS);
      const where = `${processes} worker process${processes === 1 ? '' : 'es'}`;
      const figure = (who: string, ...samples: number[]): Figure => ({ what: 'PSS', who, where, unit: 'MB', samples });
      if (dispatcher) figures.push({ ...figure('dispatcher', pssMbOf(dispatcher.pid)), where: '' });
      figures.push(figure('pool', pssMbOf(pool.pid)));
      if (processes > 0) figures.push(figure('each worker process', ...pids.map(pssMbOf)));
      await Promise.all([pool.end(), dispatcher?.end()]);
    });
  }
  return figures;
}
