// What a dispatcher, a pool and a worker process do while there is nothing to do: CPU time and wake-ups.
import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from '../figures.ts';
import { cpuMsOf, wakeUpsOf } from '../stage/process-figures.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const SETTLES_MS = 3_000;
const WATCHED_MS = 5_000;

export async function idle(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost(async (url) => {
    const system = new System(stage, url, 'classic', { noop: 2 });
    const { program: pool, pids } = await system.pool(2);
    const dispatcher = await system.dispatcher();
    const watched = { dispatcher: dispatcher.pid, pool: pool.pid, 'worker process': pids[0] as number };
    await pause(SETTLES_MS);
    const samples = new Map<string, { cpu: number[]; wakeUps: number[] }>();
    for (let window = 0; window < stage.repetitions; window++) {
      const before = Object.values(watched).map((pid) => ({ cpu: cpuMsOf(pid), wakeUps: wakeUpsOf(pid) }));
      await pause(WATCHED_MS);
      for (const [index, [who, pid]] of Object.entries(watched).entries()) {
        const { cpu, wakeUps } = samples.get(who) ?? { cpu: [], wakeUps: [] };
        cpu.push(((cpuMsOf(pid) - (before[index]?.cpu ?? 0)) / WATCHED_MS) * 100);
        wakeUps.push(((wakeUpsOf(pid) - (before[index]?.wakeUps ?? 0)) / WATCHED_MS) * 60_000);
        samples.set(who, { cpu, wakeUps });
      }
    }
    await Promise.all([dispatcher.end(), pool.end()]);
    return [...samples].flatMap(([who, { cpu, wakeUps }]): Figure[] => [
      { what: 'CPU', who, where: 'idle', unit: '%', samples: cpu },
      { what: 'wake-ups', who, where: 'idle', unit: '/min', samples: wakeUps },
    ]);
  });
}
