// From the kill -9 of a worker process until its replacement is ready. Each of several processes is killed once, since a second
// death of the same instance is followed by a pause.
import type { Figure } from '../figures.ts';
import type { Stage } from '../stage/stage.ts';
import { READY, System } from '../stage/system.ts';

const KILLS = 12;
const WARM_UP = 2;

export async function restart(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost(async (url) => {
    const { program, pids } = await new System(stage, url, 'classic', { noop: KILLS + WARM_UP }).pool(KILLS + WARM_UP);
    const samples: number[] = [];
    for (const pid of pids) {
      const begin = performance.now();
      process.kill(pid, 'SIGKILL');
      await program.line(READY);
      samples.push(performance.now() - begin);
    }
    await program.end();
    return [
      { what: 'killed → ready', who: 'worker process', where: 'idle', unit: 'ms', samples: samples.slice(WARM_UP) },
    ];
  });
}
