// From the start of a daemon until it tells systemd that it is ready: through a pipe in the place of systemd's socket. For the
// pool that means that its worker processes are.
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

export async function start(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost(async (url) => {
    const time = (who: string, where: string, daemon: 'dispatcher' | 'workerpool', processes: number): Contestant => {
      const system = new System(stage, url, 'classic', { noop: processes });
      const run = async (): Promise<{ 'start → ready': number }> => {
        const begin = performance.now();
        const program = system.startNotifying(daemon);
        await program.line(/^READY=1$/);
        const took = performance.now() - begin;
        await program.end();
        return { 'start → ready': took };
      };
      return { who, where, run };
    };
    return await interleaved(
      stage.repetitions,
      [
        time('dispatcher', '', 'dispatcher', 0),
        time('pool', 'no worker process', 'workerpool', 0),
        time('pool', '2 worker processes', 'workerpool', 2),
        time('pool', '10 worker processes', 'workerpool', 10),
      ],
      () => 'ms',
    );
  });
}
