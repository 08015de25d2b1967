// The worker types that a package.json names, and what does their work. Pure.
import { isJsonObject } from '../workitem/json.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { commandIn } from './manifest-command.ts';
import { entriesOf, moduleIn, shown, type Table } from './manifest-entries.ts';
import type { WorkerCode, WorkerEntry } from './plugin.ts';

export function workersIn(section: Table, directory: string, mistakes: string[]): readonly WorkerEntry[] {
  return entriesOf(section, 'workers', mistakes).flatMap(([type, value]) => {
    const where = `worker ${shown(type)}`;
    if (!isWorkerType(type)) mistakes.push(`${where}: ${WORKER_TYPE_RULE}`);
    const code = codeIn(value, where, directory, mistakes);
    return isWorkerType(type) && code ? [{ type, ...code }] : [];
  });
}

function codeIn(value: unknown, where: string, directory: string, mistakes: string[]): WorkerCode | undefined {
  if (isJsonObject(value)) return commandIn(value, where, directory, mistakes);
  const module = moduleIn(value, where, directory, mistakes);
  return module === undefined ? undefined : { kind: 'class', module };
}
