// From the start of a daemon until it tells systemd that it is ready, through a pipe in the place of systemd's socket: for the
// pool that means that all its worker processes are. And until the result of a workitem that has been waiting for it.
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type Receiver } from '../stage/client.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const TYPE = 'noop';

export async function start(stage: Stage): Promise<Figure[]> {
  return await stage.inVhost(async (url) => {
    const client = await Client.open(url);
    for (const queue of ['results', `worker_${TYPE}`]) await client.declare(queue, 'classic');
    const results = await client.receive('results');
    const systemOf = (processes: number): System => new System(stage, url, 'classic', { [TYPE]: processes });
    const figures = await interleaved(
      stage.repetitions,
      [
        untilReady('dispatcher', '', systemOf(0)),
        untilReady('pool', 'no worker process', systemOf(0)),
        ...[2, 10].flatMap((processes) => {
          const where = `${processes} worker processes`;
          const system = systemOf(processes);
          return [untilReady('pool', where, system), untilResult(where, system, client, results)];
        }),
      ],
      () => 'ms',
    );
    await client.close();
    return figures;
  });
}

function untilReady(who: 'dispatcher' | 'pool', where: string, system: System): Contestant {
  return {
    who,
    where,
    async run() {
      const begin = performance.now();
      const program = system.startNotifying(who === 'pool' ? 'workerpool' : who);
      await program.line(/^READY=1$/);
      const took = performance.now() - begin;
      await program.end();
      return { 'start → ready': took };
    },
  };
}

function untilResult(where: string, system: System, client: Client, results: Receiver): Contestant {
  let lastId = 0;
  return {
    who: 'pool',
    where,
    async run() {
      const id = `${where} ${++lastId}`;
      const options = { messageId: id, correlationId: id };
      await client.fill(1, () => ({ queue: `worker_${TYPE}`, body: bodyFor(TYPE), options }));
      const hasResult = results.resultFor(id);
      const begin = performance.now();
      const program = system.start('workerpool');
      await hasResult;
      const took = performance.now() - begin;
      await program.end();
      return { 'start → first result': took };
    },
  };
}
