// The benchmarks: runs the measurements that are named, or all; prints tables; writes results and plots.
//   npm run bench -- [--quick] [--keep] [NAME…]
// --quick: fewer repetitions and smaller numbers, and nothing is written, unless --keep says so.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './figures.ts';
import { cpu } from './measurements/cpu.ts';
import { endToEnd } from './measurements/end-to-end.ts';
import { growth } from './measurements/growth.ts';
import { idle } from './measurements/idle.ts';
import { memory } from './measurements/memory.ts';
import { pipe } from './measurements/pipe.ts';
import { relay } from './measurements/relay.ts';
import { restart } from './measurements/restart.ts';
import { roundTrip } from './measurements/round-trip.ts';
import { start } from './measurements/start.ts';
import { goalsTable, writeReadme, writeResult } from './report.ts';
import { Stage } from './stage/stage.ts';
import { figuresTable } from './table.ts';

/** Those that the peers' idle processes could disturb come before them. */
const MEASUREMENTS: Readonly<Record<string, (stage: Stage) => Promise<Figure[]>>> = {
  pipe,
  start,
  restart,
  memory,
  idle,
  relay,
  cpu,
  'end-to-end': endToEnd,
  'round-trip': roundTrip,
  growth,
};

/** Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown.length > 0) {
    console.error(`there is no measurement ${unknown.join(', ')}: there are ${Object.keys(MEASUREMENTS).join(', ')}`);
    return 64;
  }
  const wanted = Object.entries(MEASUREMENTS).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const stage = await Stage.set(values.quick);
  try {
    const figures = await measureAll(wanted, stage, !values.quick || values.keep);
    console.log(`\n${goalsTable(figures)}`);
  } finally {
    await stage.clear();
  }
  return 0;
}

async function measureAll(
  wanted: readonly (readonly [string, (stage: Stage) => Promise<Figure[]>])[],
  stage: Stage,
  isKept: boolean,
): Promise<Figure[]> {
  const all: Figure[] = [];
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${stage.brokerVersion}`;
  const load = loadavg()[0] ?? Number.NaN; // later ones are our own
  for (const [name, measure] of wanted) {
    const begun = performance.now();
    const at = new Date().toISOString();
    const figures = await measure(stage);
    all.push(...figures);
    console.log(`\n${name} (${((performance.now() - begun) / 1000).toFixed(0)} s)\n${figuresTable(figures)}`);
    if (isKept) writeResult({ name, at, machine, load, isQuick: stage.isQuick, figures });
    if (isKept) writeReadme();
  }
  return all;
}
