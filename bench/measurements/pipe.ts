// What it costs to hand a workitem to another process and to get the answer: the product's frames over fd 3, there and back,
// between two processes that do nothing else. Wall time with eight under way, and the CPU time of both ends.
import { fileURLToPath } from 'node:url';
import { builtModule } from '../../test/support/built-module.ts';
import type { Figure } from '../figures.ts';
import { interleaved } from '../interleaved.ts';
import { Program } from '../stage/program.ts';
import type { Stage } from '../stage/stage.ts';

const SCRIPT = fileURLToPath(new URL('../programs/pipe.mjs', import.meta.url));
const SIZES = { '100 B': 100, '1 KiB': 1024, '64 KiB': 64 * 1024, '1 MiB': 1024 * 1024 };
/** So much in all, but not more frames than this. */
const BYTES = 400 * 1024 * 1024;
const FRAMES = 15_000;

export async function pipe(stage: Stage): Promise<Figure[]> {
  const modules = [await builtModule('child/frames'), await builtModule('child/parent-pipe')];
  const program = new Program('pipe', process.execPath, [SCRIPT, ...modules], { speaksOn: 'stdout' });
  await program.line(/ready/);
  const contestants = Object.entries(SIZES).map(([where, bytes]) => ({
    who: 'fd 3, there and back',
    where,
    run: () => program.ask(bytes, stage.count(Math.min(FRAMES, BYTES / bytes))),
  }));
  const figures = await interleaved(stage.repetitions, contestants, () => 'µs');
  await program.end('SIGKILL');
  return figures;
}
