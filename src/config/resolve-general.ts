// Sections `[taskqueue]` and `[DEFAULT]` → what holds for the daemons, and the two levels that all workers inherit.
import type { GeneralConfig } from './config.ts';
import { type Level, readLevel, type Surroundings } from './level.ts';
import { GENERAL_OPTIONS } from './options.ts';
import { defaultsOf, readOptions } from './read-options.ts';
import type { Report } from './report.ts';
import { DEFAULT, entriesOf, type Sections, TASKQUEUE } from './sections.ts';
import { WORKER_OPTIONS } from './worker-options.ts';

/** What `[DEFAULT]` and `[taskqueue]` hand down, the nearer one last. */
export type InheritedLevels = readonly [byDefault: Level, taskqueue: Level];

export function resolveGeneral(
  sections: Sections,
  surroundings: Surroundings,
  report: Report,
): { general: GeneralConfig; inherited: InheritedLevels } {
  const byDefault = entriesOf(sections, DEFAULT);
  const own = entriesOf(sections, TASKQUEUE);
  // In [DEFAULT], `workers` is a number of processes; the list of plugins is never taken from there.
  const { plugins, ...inheritable } = GENERAL_OPTIONS;
  const options = {
    ...defaultsOf(GENERAL_OPTIONS),
    ...readOptions(byDefault, inheritable, report),
    ...readOptions(own, { plugins, ...inheritable }, report),
  };
  const inherited: InheritedLevels = [
    readLevel(byDefault, 'default', surroundings, report),
    readLevel(own, 'taskqueue', surroundings, report),
  ];
  const resultsRoutingKey =
    inherited[1].options.resultsRoutingKey ??
    inherited[0].options.resultsRoutingKey ??
    WORKER_OPTIONS.resultsRoutingKey.fallback;
  return { general: { ...options, resultsRoutingKey }, inherited };
}
