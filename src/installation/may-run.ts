// Some plugins run or fetch whatever a sender names. Being installed is not enough for them: an administrator has to
// say so, by writing their section, and where they ask for it, the user whose rights are at stake.
import type { GroupConfig } from '../config/config.ts';
import type { Basics } from '../config/load.ts';
import { workerSection } from '../config/sections.ts';
import type { Plugin } from '../plugin/plugin.ts';

/** Where it may not run, a note says what to write. */
export function mayRun(group: GroupConfig, plugin: Plugin, { sections, report }: Basics): boolean {
  const missing = missingFor(group, plugin);
  if (missing === undefined) return true;
  const at = sections.get(workerSection(group.name))?.at ?? { file: plugin.directory, line: 0 };
  report.note({ at, section: workerSection(group.name) }, `does not run just because it is installed: ${missing}`);
  return false;
}

function missingFor(group: GroupConfig, plugin: Plugin): string | undefined {
  const needsUser = plugin.needsUser === true && group.options.user === null;
  const user = 'user = <name of a system user for it>';
  if ((plugin.needsSection === true || plugin.needsUser === true) && !group.isConfigured) {
    return `write a section [${workerSection(group.name)}]${needsUser ? ` with "${user}"` : ''}`;
  }
  return needsUser ? `add "${user}"` : undefined;
}
