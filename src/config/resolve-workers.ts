// Worker sections × installed types → the groups of every type, with all that holds for them:
// built-in < [DEFAULT] < [taskqueue] < section of the type < section of the group.
import { formatDuration } from '../core/duration.ts';
import { type Binding, bindSections, described, type Target, targetName } from './bind-sections.ts';
import type { GroupConfig, WorkerOptions } from './config.ts';
import { EMPTY_LEVEL, type Level, readLevel, type Surroundings } from './level.ts';
import { loggingSections } from './logging-sections.ts';
import { defaultsOf } from './read-options.ts';
import type { Report } from './report.ts';
import type { InheritedLevels } from './resolve-general.ts';
import type { Section, Sections } from './sections.ts';
import { DEFAULT_INSTANCES, WORKER_OPTIONS } from './worker-options.ts';

/** @returns the groups of `types`, in the order of the types' names */
export function resolveWorkers(
  sections: Sections,
  types: readonly string[],
  inherited: InheritedLevels,
  surroundings: Surroundings,
  report: Report,
): GroupConfig[] {
  const levels = new Map<Section, Level>(); // each is read, and its mistakes are reported, once
  const typeLevel = (section: Section | undefined): Level => {
    if (section === undefined) return EMPTY_LEVEL;
    const level = levels.get(section) ?? readLevel(section.entries, 'type', surroundings, report);
    levels.set(section, level);
    return level;
  };
  const groupsOf = (section: Section): readonly string[] => typeLevel(section).groups ?? [];
  const logging = loggingSections(sections, report);
  const binding = bindSections(sections, logging, types, groupsOf, report);
  const groups: GroupConfig[] = [];
  for (const type of types.toSorted()) {
    const ofType = binding.sectionOf({ type, group: null });
    const common = [...inherited, typeLevel(ofType)];
    for (const group of typeLevel(ofType).groups ?? [null]) {
      const own = group === null ? undefined : binding.sectionOf({ type, group });
      const above = own ? [...common, readLevel(own.entries, 'group', surroundings, report)] : common;
      groups.push(groupConfig({ type, group }, above, [ofType, own], report));
    }
  }
  refuseSharedNames(groups, binding, report);
  return groups;
}

/** @param levels the nearest one last */
function groupConfig(
  target: Target,
  levels: readonly Level[],
  sections: readonly (Section | undefined)[],
  report: Report,
): GroupConfig {
  const options = Object.assign(defaultsOf(WORKER_OPTIONS), ...levels.map((level) => level.options)) as WorkerOptions;
  const own = sections.findLast((section) => section !== undefined);
  if (own !== undefined) warnAboutDelays(options, own, report);
  return {
    ...target,
    name: targetName(target),
    instances: levels.findLast((level) => level.instances !== undefined)?.instances ?? DEFAULT_INSTANCES,
    options,
    settings: Object.fromEntries(levels.flatMap((level) => Object.entries(level.settings))),
    isConfigured: own !== undefined,
  };
}

function warnAboutDelays(options: WorkerOptions, section: Section, report: Report): void {
  const { retryDelayMs, retryMaxDelayMs } = options;
  const entry = section.entries.get(WORKER_OPTIONS.retryDelayMs.key);
  if (retryDelayMs <= retryMaxDelayMs || entry === undefined) return;
  const max = `${WORKER_OPTIONS.retryMaxDelayMs.key} = ${formatDuration(retryMaxDelayMs)}`;
  report.warning(entry, `${entry.value} is cut to ${max}: raise that, too`);
}

/** Instances are called after their group: two groups of one name could not be told apart. */
function refuseSharedNames(groups: readonly GroupConfig[], binding: Binding, report: Report): void {
  for (const group of groups) {
    const other = groups.find((one) => one !== group && one.name === group.name);
    const section = group.group === null ? undefined : binding.sectionOf({ type: group.type, group: null });
    if (other === undefined || section === undefined) continue;
    const message = `its group "${group.group}" makes the name "${group.name}", which ${described(other)} has, too: give it another one`;
    report.mistake({ at: section.at, section: section.name }, message);
  }
}
