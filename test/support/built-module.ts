// A module of src for a process of Node's own, which reads no TypeScript. In dist/, it is part of some larger file.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param name as its source is called, below `src` @returns the absolute path of a file within our package */
export async function builtModule(name: string): Promise<string> {
  const { output } = await build({
    input: join(ROOT, 'src', `${name}.ts`),
    output: { codeSplitting: false },
    platform: 'node',
    write: false,
  });
  const file = join(ROOT, '.cache/modules', `${name}.js`);
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, output[0].code);
  renameSync(unfinished, file); // other tests may be reading it
  return file;
}
