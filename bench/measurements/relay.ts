// How fast messages go on from `taskqueue` to worker queues, compared with a bare loop over amqplib that gives the same
// guarantees, and with the shovel of the broker itself, which leaves neither its process nor Erlang.
import { fileURLToPath } from 'node:url';
import type { Figure } from '../figures.ts';
import { type Contestant, interleaved } from '../interleaved.ts';
import { bodyFor, Client, type QueueType } from '../stage/client.ts';
import { cpuMsOf } from '../stage/process-figures.ts';
import { Program } from '../stage/program.ts';
import { onBothTypes } from '../stage/scene.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const LOOP = fileURLToPath(new URL('../programs/relay-loop.mjs', import.meta.url));
const MESSAGES = 15_000;
const BODY = bodyFor('noop');

export function relay(stage: Stage): Promise<Figure[]> {
  return onBothTypes(stage, sceneOn, (scenes) => {
    const contestants = scenes.flatMap((scene) => scene.contestants);
    return interleaved(stage.repetitions, contestants, (what) => (what === 'rate' ? '/s' : 'µs'));
  });
}

async function sceneOn(
  stage: Stage,
  url: string,
  queueType: QueueType,
): Promise<{ contestants: Contestant[]; end(): Promise<void> }> {
  const client = await Client.open(url);
  for (const queue of ['taskqueue', 'worker_noop', 'from', 'from-laden', 'from-shovel', 'to'])
    await client.declare(queue, queueType);
  const dispatcher = await new System(stage, url, queueType, { noop: 0 }).dispatcher();
  const bare = await loopFrom(url, 'from', 'bare');
  const laden = await loopFrom(url, 'from-laden');
  const count = stage.count(MESSAGES);

  const through = async (program: Program, from: string, to: string, headers = {}): Promise<Record<string, number>> => {
    program.suspend();
    await client.fill(count, () => ({ queue: from, body: BODY, options: { headers } }));
    const before = cpuMsOf(program.pid);
    program.resume();
    const rate = await rateInto(to, client, count);
    return { rate, 'CPU per message': ((cpuMsOf(program.pid) - before) * 1000) / count };
  };
  const shovel = async (): Promise<{ rate: number }> => {
    await client.fill(count, () => ({ queue: 'from-shovel', body: BODY }));
    await startShovel(stage, url);
    const rate = await rateInto('to', client, count);
    await stopShovel(stage, url);
    return { rate };
  };
  const one = (who: string, run: Contestant['run']): Contestant => ({ who, where: queueType, run });
  return {
    contestants: [
      one('dispatcher, tq-type', () => through(dispatcher, 'taskqueue', 'worker_noop', { 'tq-type': 'noop' })),
      one('bare loop', () => through(bare, 'from', 'to')),
      one('loop with our headers', () => through(laden, 'from-laden', 'to')),
      one('dispatcher, JSON', () => through(dispatcher, 'taskqueue', 'worker_noop')),
      one('shovel', shovel),
    ],
    end: async () => {
      await client.close();
      await Promise.all([dispatcher.end(), bare.end('SIGKILL'), laden.end('SIGKILL')]);
    },
  };
}

async function rateInto(queue: string, client: Client, count: number): Promise<number> {
  const rate = await client.arrivalRate(queue, count);
  await client.purge(queue);
  return rate;
}

async function loopFrom(url: string, queue: string, ...how: string[]): Promise<Program> {
  const loop = new Program('loop', process.execPath, [LOOP, url, queue, 'to', ...how], { speaksOn: 'stdout' });
  await loop.line(/consuming/);
  return loop;
}

/** With its defaults: it acknowledges on confirm, and holds up to 1,000. */
async function startShovel({ rabbitmq }: Stage, url: string): Promise<void> {
  const { pathname } = new URL(url);
  const settings = {
    'src-protocol': 'amqp091',
    'src-uri': url,
    'src-queue': 'from-shovel',
    'dest-protocol': 'amqp091',
    'dest-uri': url,
    'dest-queue': 'to',
    'ack-mode': 'on-confirm',
  };
  const terms = Object.entries(settings).map(([name, value]) => `{<<"${name}">>, <<"${value}">>}`);
  await rabbitmq.evaluate(
    `ok = rabbit_runtime_parameters:set_any(<<"${pathname.slice(1)}">>, <<"shovel">>, <<"bench">>, [${terms}], none)`,
  );
}

async function stopShovel({ rabbitmq }: Stage, url: string): Promise<void> {
  const { pathname } = new URL(url);
  await rabbitmq.evaluate(
    `ok = rabbit_runtime_parameters:clear_any(<<"${pathname.slice(1)}">>, <<"shovel">>, <<"bench">>, <<"bench">>)`,
  );
}
