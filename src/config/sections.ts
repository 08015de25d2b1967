// The blocks of all files, put together: later ones win.
import type { Block, Entry } from './parse.ts';
import type { Location, Report } from './report.ts';

export interface Section {
  readonly name: string;
  /** Where it begins for the first time. */
  readonly at: Location;
  /** By key. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Sections = ReadonlyMap<string, Section>;

/** Names that never are a worker type's own section: a type so named uses `[worker_<type>]`. */
export const DEFAULT = 'DEFAULT';
export const AMQP = 'amqp';
export const TASKQUEUE = 'taskqueue';
export const RESERVED_SECTIONS: readonly string[] = [DEFAULT, AMQP, TASKQUEUE];
/** Reserved, too: sections for Python's logging that list others. */
export const LOGGING_LISTS = ['loggers', 'handlers', 'formatters'] as const;

/** The section for a worker type, or group of one, of this name: for messages, and where one is printed. */
export function workerSection(name: string): string {
  return [...RESERVED_SECTIONS, ...LOGGING_LISTS].includes(name) ? `worker_${name}` : name;
}

export function mergeBlocks(blocks: readonly Block[], report: Report): Sections {
  const sections = new Map<string, { name: string; at: Location; entries: Map<string, Entry> }>();
  for (const block of blocks) {
    if (block.name === '') continue; // the parser has said what is wrong with it
    const section = sections.get(block.name) ?? { name: block.name, at: block.at, entries: new Map<string, Entry>() };
    sections.set(block.name, section);
    for (const entry of block.entries) {
      noteRepetition(section.entries.get(entry.key), entry, report);
      section.entries.set(entry.key, entry);
    }
  }
  return sections;
}

/** Another file may well overrule an earlier one; twice in the same file is more likely an oversight. */
function noteRepetition(earlier: Entry | undefined, later: Entry, report: Report): void {
  if (earlier === undefined || earlier.at.file !== later.at.file) return;
  report.note(later, `set again here: the value of line ${earlier.at.line} does not count`);
}

/** The keys of a section that may be missing. */
export function entriesOf(sections: Sections, name: string): ReadonlyMap<string, Entry> {
  return sections.get(name)?.entries ?? NO_ENTRIES;
}

const NO_ENTRIES: ReadonlyMap<string, Entry> = new Map();
