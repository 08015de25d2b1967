// The program under test: a copy of the build, so that nobody's next build changes it in the middle of a run; or a copy
// that is broken on purpose, to see that the checker notices.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  /** What node is to run. */
  readonly main: string;
  readonly plugins: string;
}

/** @param ackBeforePublish the copy acknowledges a workitem before its result is published */
export function copyProgram(directory: string, ackBeforePublish: boolean): Program {
  const at = join(directory, 'program');
  mkdirSync(at);
  cpSync(join(ROOT, 'dist'), join(at, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(at, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(at, 'node_modules'));
  const plugins = join(directory, 'plugins');
  cpSync(join(ROOT, 'test/fixtures/plugins-chaos'), join(plugins, 'chaos'), { recursive: true });
  if (ackBeforePublish) breakOrder(join(at, 'dist/pool/settle.js'));
  return { main: join(at, 'dist/cli/main.js'), plugins };
}

/** One line more: everything else goes on as it does, on a delivery that is acknowledged already. */
function breakOrder(file: string): void {
  const text = readFileSync(file, 'utf8');
  const broken = text.replace(
    /(async function settle\((?:.*)\) \{\n)(\s*const \{ delivery \} = job;\n)/,
    `$1    if (settlement.kind !== 'handBack') { job.delivery.ack(); job = { ...job, delivery: { isOpen: true, ack: () => true } }; }\n$2`,
  );
  if (broken === text) throw new Error(`${file} is not as expected: there is no settle() to break`);
  writeFileSync(file, broken);
}
