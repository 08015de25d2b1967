// How many workitems at once one process gets: as many as the configuration says, but of a program in another language no
// more than its package.json says that it can take.
import type { GroupConfig } from '../config/config.ts';
import type { Basics } from '../config/load.ts';
import { WORKER_OPTIONS } from '../config/worker-options.ts';
import type { Plugin } from '../plugin/plugin.ts';

/** Where that is fewer than configured, a note says so. */
export function withinMeans(group: GroupConfig, plugin: Plugin, { sections, report }: Basics): GroupConfig {
  const { type, name, options } = group;
  const worker = plugin.workers.find((one) => one.type === type);
  if (worker?.kind !== 'command' || options.concurrency <= worker.concurrency) return group;
  const { concurrency } = worker;
  const at = sections.get(name)?.at ?? { file: plugin.directory, line: 0 };
  const message = `${options.concurrency} are wanted, but the program of "${type}" takes ${concurrency} at once, as its package.json says: run more instances`;
  report.note({ at, section: name, key: WORKER_OPTIONS.concurrency.key }, message);
  return { ...group, options: { ...options, concurrency } };
}
