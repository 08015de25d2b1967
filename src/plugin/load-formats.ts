// Loads the workitem formats that plugins bring. In child processes only: it runs plugin code. A format that cannot be
// loaded spoils nothing but the workitems that are written in it.
import { messageOf, TaskqueueError } from '../core/errors.ts';
import type { FormatTable, WorkitemFormat } from '../workitem/format.ts';
import { builtInFormats, plainContentType } from '../workitem/registry.ts';
import type { FormatEntry } from './plugin.ts';

/** The default export of a module. */
export type LoadModule = (path: string) => Promise<unknown>;

interface LoadedFormats {
  /** The built-in ones too. Those that cannot be loaded are in it, and refuse whatever they are asked, with the reason. */
  readonly formats: FormatTable;
  /** Why each of them cannot be loaded. */
  readonly problems: readonly string[];
}

export async function loadFormats(entries: readonly FormatEntry[], load: LoadModule): Promise<LoadedFormats> {
  const formats = new Map(builtInFormats);
  const problems: string[] = [];
  for (const entry of entries) {
    const name = plainContentType(entry.format);
    if (builtInFormats.has(name)) continue; // nobody changes how everybody's workitems are read
    try {
      formats.set(name, await loadFormat(entry, load));
    } catch (err) {
      const error = messageOf(err);
      problems.push(error);
      formats.set(name, refusingFormat(error));
    }
  }
  return { formats, problems };
}

/** @throws TaskqueueError `PLUGIN` */
export async function loadFormat({ format, module }: FormatEntry, load: LoadModule): Promise<WorkitemFormat> {
  const found = await loadedFrom(module, format, load);
  const missing = NEEDED.filter((name) => typeof found[name] !== 'function');
  if (missing.length === 0) return found as unknown as WorkitemFormat;
  throw new TaskqueueError('PLUGIN', `the format ${format} (${module}) lacks ${missing.join(', ')}`);
}

const NEEDED = ['workerType', 'decode', 'encode'] as const;

async function loadedFrom(module: string, format: string, load: LoadModule): Promise<Record<string, unknown>> {
  try {
    const found = await load(module);
    if ((typeof found === 'object' || typeof found === 'function') && found !== null) {
      return found as unknown as Record<string, unknown>;
    }
  } catch (err) {
    throw new TaskqueueError('PLUGIN', `the format ${format} does not work: ${messageOf(err)}`, { cause: err });
  }
  throw new TaskqueueError('PLUGIN', `the format ${format} (${module}) has no default export`);
}

/** Stands in for a format that cannot be loaded. */
function refusingFormat(error: string): WorkitemFormat {
  const refuse = (): never => {
    throw new TaskqueueError('UNREADABLE', error);
  };
  return { workerType: refuse, decode: refuse, encode: refuse };
}
