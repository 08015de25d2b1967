// Whether it stays as fast and as small when there is more of everything: workitems that wait, worker types, dispatchers and
// pools. Rates are taken in windows of a second each.
import { type Figure, spreadOf } from '../figures.ts';
import { bodyFor, Client, type Receiver } from '../stage/client.ts';
import { pssMbOf } from '../stage/process-figures.ts';
import type { Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';
import { System } from '../stage/system.ts';

const WAITING = [1_000, 100_000, 1_000_000];
const TYPES = [1, 10, 100];
const PAIRS = [1, 2];
/** For the last two: enough that none of the queues runs dry. */
const BACKLOG = 60_000;
const WARM_UP_MS = 1_500;
const WINDOW_MS = 1_000;
/**
 * What fewer are worked off in: about as much work as in a window, lest the memory of those who do it be compared at different
 * ages.
 */
const BURSTS_PER_WINDOW = 6;

export async function growth(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const waiting of WAITING) {
    const count = stage.isQuick ? Math.min(waiting, 100_000) : waiting;
    figures.push(
      ...(await measured(stage, {
        where: `${count.toLocaleString('en')} waiting`,
        types: 1,
        processes: 2,
        pairs: 1,
        count,
      })),
    );
  }
  for (const types of TYPES) {
    figures.push(
      ...(await measured(stage, {
        where: `${types} types`,
        types,
        processes: types === 1 ? 2 : 1,
        pairs: 1,
        count: BACKLOG,
      })),
    );
  }
  for (const pairs of PAIRS) {
    figures.push(
      ...(await measured(stage, {
        where: `${pairs} × dispatcher and pool`,
        types: 1,
        processes: 2 / pairs,
        pairs,
        count: BACKLOG,
      })),
    );
  }
  return figures;
}

interface Case {
  readonly where: string;
  readonly types: number;
  /** For each type, in each pool. */
  readonly processes: number;
  readonly pairs: number;
  /** Waiting when it begins. */
  readonly count: number;
}

async function measured(stage: Stage, { where, types, processes, pairs, count }: Case): Promise<Figure[]> {
  return await stage.inVhost(async (url) => {
    const client = await Client.open(url);
    for (const queue of ['taskqueue', 'results']) await client.declare(queue, 'classic');
    const names = Array.from({ length: types }, (_, index) => `noop${index}`);
    const bodies = names.map((name) => bodyFor(name));
    const fill = (): Promise<void> =>
      client.fill(count, (index) => ({ queue: 'taskqueue', body: bodies[index % types] as Buffer }));
    const results = await client.receive('results');
    const system = new System(stage, url, 'classic', Object.fromEntries(names.map((name) => [name, processes])));

    await fill();
    const programs: Pair[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const { program: pool } = await system.pool(types * processes);
      programs.push({ pool, dispatcher: await system.dispatcher() });
    }
    const isSmall = count < BACKLOG;
    const window = (): Promise<number> =>
      isSmall ? rateOfBursts(programs, results, fill, count) : results.rateWithin(WINDOW_MS);
    await results.rateWithin(WARM_UP_MS);
    if (isSmall) await window();
    const sizes = { dispatcher: [] as number[], pool: [] as number[] };
    const rates: number[] = [];
    for (let taken = 0; taken < stage.repetitions; taken++) {
      rates.push(await window());
      for (const { dispatcher, pool } of programs) {
        sizes.dispatcher.push(pssMbOf(dispatcher.pid));
        sizes.pool.push(pssMbOf(pool.pid));
      }
    }
    await client.close();
    await Promise.all(programs.flatMap(({ dispatcher, pool }) => [dispatcher.end(), pool.end()]));
    return [
      { what: 'rate', who: 'through the dispatcher', where, unit: '/s', samples: rates },
      { what: 'PSS', who: 'dispatcher', where, unit: 'MB', samples: sizes.dispatcher },
      { what: 'PSS', who: 'pool', where, unit: 'MB', samples: sizes.pool },
    ];
  });
}

interface Pair {
  readonly dispatcher: Program;
  readonly pool: Program;
}

/** A small backlog is worked off within moments: it is put in as a whole, again and again. The median of the rates. */
async function rateOfBursts(
  programs: readonly Pair[],
  results: Receiver,
  fill: () => Promise<void>,
  count: number,
): Promise<number> {
  const rates: number[] = [];
  for (let burst = 0; burst < BURSTS_PER_WINDOW; burst++) {
    for (const { dispatcher } of programs) dispatcher.suspend();
    await fill();
    const resume = (): void => {
      for (const { dispatcher } of programs) dispatcher.resume();
    };
    rates.push(await results.rateOf(count, resume));
  }
  return spreadOf(rates).median;
}
