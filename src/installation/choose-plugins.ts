// Which of the installed plugins does the configuration want? `[taskqueue] workers` lists them.
import type { Basics } from '../config/load.ts';
import { GENERAL_OPTIONS } from '../config/options.ts';
import type { About } from '../config/report.ts';
import { TASKQUEUE, workerSection } from '../config/sections.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Installed, Plugin } from '../plugin/plugin.ts';
import { builtInFormats } from '../workitem/registry.ts';

export function choosePlugins(found: Installed, basics: Basics): { installed: Installed; excluded: Plugin[] } {
  const allowed = basics.general.plugins;
  const isAllowed = ({ name }: Plugin): boolean => allowed === null || allowed.includes(name);
  for (const { path, message } of found.problems) basics.report.warning({ at: { file: path, line: 0 } }, message);
  const excluded = found.plugins.filter((plugin) => !isAllowed(plugin));
  noteUnknownNames(found, basics);
  for (const plugin of excluded) noteSections(plugin, basics);
  return { installed: { ...found, plugins: found.plugins.filter(isAllowed) }, excluded };
}

function noteUnknownNames({ plugins, problems }: Installed, basics: Basics): void {
  const names = plugins.map(({ name }) => name);
  const known = new Set([...names, ...problems.map(({ plugin }) => plugin)]);
  for (const name of basics.general.plugins ?? []) {
    if (known.has(name)) continue;
    const byType = plugins.find(({ workers }) => workers.some(({ type }) => type === name));
    const hint = byType ? ` – the worker type "${name}" is in the plugin "${byType.name}"` : didYouMean(name, names);
    basics.report.warning(aboutOption(GENERAL_OPTIONS.plugins.key, basics), `no plugin "${name}" is installed${hint}`);
  }
}

/** A section for a plugin that may not run is probably one of two halves of a wish. */
function noteSections({ name, workers }: Plugin, { sections, report }: Basics): void {
  for (const { type } of workers) {
    const section = sections.get(workerSection(type)) ?? sections.get(`worker_${type}`);
    if (section === undefined) continue;
    const message = `does not run: its plugin "${name}" is not in the list "${GENERAL_OPTIONS.plugins.key}" of [${TASKQUEUE}]`;
    report.note({ at: section.at, section: section.name }, message);
  }
}

/** Content types may map to formats that nobody brings: such workitems are then raw bytes. */
export function warnAboutFormats({ plugins }: Installed, basics: Basics): void {
  const own = plugins.flatMap(({ formats }) => formats.map(({ format }) => format));
  const known = new Set([...builtInFormats.keys(), ...own]);
  for (const format of new Set(Object.values(basics.general.workitemTypeMap))) {
    if (known.has(format)) continue;
    const about = aboutOption(GENERAL_OPTIONS.workitemTypeMap.key, basics);
    basics.report.warning(about, `no plugin brings the format ${format}${didYouMean(format, known)}`);
  }
}

function aboutOption(key: string, { sections, files }: Basics): About {
  const entry = sections.get(TASKQUEUE)?.entries.get(key);
  return entry ?? { at: { file: files[0] ?? '', line: 0 }, section: TASKQUEUE, key };
}
