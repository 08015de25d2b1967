// The program under test: a copy of the build; or one that is broken on purpose, to see that the checker notices.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyInstalled } from '../support/installed-copy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  /** What node is to run. */
  readonly main: string;
  readonly plugins: string;
}

/** @param ackBeforePublish the copy acknowledges a workitem before its result is published */
export function copyProgram(directory: string, ackBeforePublish: boolean): Program {
  const at = join(directory, 'program');
  copyInstalled(at);
  const plugins = join(at, 'plugins');
  cpSync(join(ROOT, 'test/fixtures/plugins-chaos'), join(plugins, 'chaos'), { recursive: true });
  if (ackBeforePublish) breakOrder(join(at, 'dist/chunks'));
  return { main: join(at, 'dist/cli/main.js'), plugins };
}

/** One line more: everything else goes on as it does, on a delivery that is acknowledged already. */
function breakOrder(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.js'));
  if (files.filter((name) => breakSettle(join(directory, name))).length !== 1) {
    throw new Error(`${directory} is not as expected: there is no settle() to break, or more than one`);
  }
}

function breakSettle(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  const broken = text.replace(
    /(async function settle\((?:.*)\) \{\n)(\s*const \{ delivery \} = job;\n)/,
    `$1    if (settlement.kind !== 'handBack') { job.delivery.ack(); job = { ...job, delivery: { isOpen: true, ack: () => true } }; }\n$2`,
  );
  writeFileSync(file, broken);
  return broken !== text;
}
