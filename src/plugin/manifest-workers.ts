// The worker types that a package.json names, and what does their work. Pure.
import { isJsonObject } from '../workitem/json.ts';
import { isWorkerType, WORKER_TYPE_RULE } from '../workitem/worker-type.ts';
import { commandIn } from './manifest-command.ts';
import { entriesOf, moduleIn, shown, type Table } from './manifest-entries.ts';
import type { WorkerCode, WorkerEntry } from './plugin.ts';

/** Those of both tables, "workers" and "rpc". */
export function workersIn(section: Table, directory: string, mistakes: string[]): readonly WorkerEntry[] {
  const workers = typesIn(section, 'workers', mistakes, (value, where) => codeIn(value, where, directory, mistakes));
  const rpc = typesIn(section, 'rpc', mistakes, (value, where) => functionsIn(value, where, directory, mistakes));
  for (const { type } of rpc) {
    if (workers.some((one) => one.type === type)) mistakes.push(`worker ${shown(type)} is in "workers" and in "rpc"`);
    if (/^rpc(\.|$)/.test(type)) mistakes.push(`worker ${shown(type)}: JSON-RPC keeps the names that begin with rpc`);
  }
  return [...workers, ...rpc];
}

function typesIn(
  section: Table,
  key: string,
  mistakes: string[],
  read: (value: unknown, where: string) => WorkerCode | undefined,
): readonly WorkerEntry[] {
  return entriesOf(section, key, mistakes).flatMap(([type, value]) => {
    const where = `worker ${shown(type)}`;
    if (!isWorkerType(type)) mistakes.push(`${where}: ${WORKER_TYPE_RULE}`);
    const code = read(value, where);
    return isWorkerType(type) && code ? [{ type, ...code }] : [];
  });
}

function codeIn(value: unknown, where: string, directory: string, mistakes: string[]): WorkerCode | undefined {
  if (isJsonObject(value)) return commandIn(value, where, directory, mistakes);
  const module = moduleIn(value, where, directory, mistakes);
  return module === undefined ? undefined : { kind: 'class', module };
}

function functionsIn(value: unknown, where: string, directory: string, mistakes: string[]): WorkerCode | undefined {
  const module = moduleIn(value, where, directory, mistakes);
  return module === undefined ? undefined : { kind: 'rpc', module };
}
