// The text of a configuration file → its sections, with the line of every key. What the values mean is not known here.
//
// A parser of our own, because npm `ini` would have to be handed each line already split, unquoted and escaped, and
// tells no line numbers: nothing would be left for it to do.
import { printable } from '../core/text.ts';
import type { Location, Report } from './report.ts';

/** One `key: value`. */
export interface Entry {
  readonly section: string;
  /** In lower case. */
  readonly key: string;
  /** Without comments and without blanks around it; the lines of a continued value are joined by `\n`. */
  readonly value: string;
  readonly at: Location;
  /** What was cut off as a comment behind the value, without its `;`. */
  readonly comment: string | null;
}

/** Everything below one `[name]`. A name that comes twice is two of them. */
export interface Block {
  readonly name: string;
  readonly at: Location;
  readonly entries: readonly Entry[];
}

/**
 * Reads the dialect of Python's configparser: `key: value` or `key = value`, split at the first of both; lines that
 * begin with `;` or `#` are comments, and so is what follows a `;` behind a blank; a line that is indented deeper than
 * the key above it continues its value. (So a text that is indented as a whole reads like one that is not.)
 */
export function parseIni(text: string, file: string, report: Report): Block[] {
  const blocks: OpenBlock[] = [];
  let entry: OpenEntry | undefined; // what a continuation line would continue
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, whole] of lines.entries()) {
    const at: Location = { file, line: index + 1 };
    const line = whole.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    if (line.includes('\0')) {
      report.mistake({ at }, 'the line holds a NUL character: this is no text file');
      continue;
    }
    const indent = whole.length - whole.trimStart().length;
    if (entry !== undefined && indent > entry.indent) {
      continueValue(entry, line, at, report);
      continue;
    }
    const block = blocks.at(-1);
    entry = undefined;
    if (line.startsWith('[')) openBlock(blocks, line, at, report);
    else entry = openEntry(block, whole.trimStart(), indent, at, report);
  }
  return blocks.map(({ name, at, entries }) => ({ name, at, entries: entries.map(closed) }));
}

interface OpenBlock {
  name: string;
  at: Location;
  entries: OpenEntry[];
}

interface OpenEntry {
  section: string;
  key: string;
  values: string[];
  comment: string | null;
  at: Location;
  indent: number;
}

function closed({ section, key, values, at, comment }: OpenEntry): Entry {
  return { section, key, value: values.filter((value) => value !== '').join('\n'), at, comment };
}

function openBlock(blocks: OpenBlock[], line: string, at: Location, report: Report): void {
  const name = /^\[([^\]]*)\](?:\s+[;#].*)?$/.exec(line)?.[1]?.trim() ?? '';
  if (name === '') {
    report.mistake({ at }, `"${printable(line)}" is no section: write [name], and nothing else on the line`);
    blocks.push({ name: '', at, entries: [] }); // keeps what follows from landing in the section before
  } else blocks.push({ name, at, entries: [] });
}

function openEntry(
  block: OpenBlock | undefined,
  text: string,
  indent: number,
  at: Location,
  report: Report,
): OpenEntry | undefined {
  const split = text.search(/[:=]/);
  const key = text.slice(0, Math.max(split, 0)).trim().toLowerCase();
  // `passwd p=1`: the sign that is missing is not the one that is there.
  const isHalfAPassword = block?.name === 'amqp' && /\s/.test(key);
  if (key === '' || isHalfAPassword) {
    // The line itself is not shown: it may be half of a password.
    report.mistake(
      { at, ...inBlock(block) },
      split === 0
        ? `the line begins with "${text[0]}": write key: value`
        : 'the line is neither "key: value" nor "[section]" nor a comment (to continue the value above, indent it)',
    );
    return undefined;
  }
  if (block === undefined) {
    report.mistake(
      { at, key },
      'the key stands before the first section: put [taskqueue], or whatever it belongs to, above',
    );
    return undefined;
  }
  const { value, comment } = uncommented(text.slice(split + 1));
  const entry: OpenEntry = { section: block.name, key, values: [value], comment, at, indent };
  block.entries.push(entry);
  return entry;
}

const inBlock = (block: OpenBlock | undefined): { section?: string } => (block?.name ? { section: block.name } : {});

function continueValue(entry: OpenEntry, line: string, at: Location, report: Report): void {
  const { value, comment } = uncommented(line);
  entry.values.push(value);
  entry.comment ??= comment;
  if (/^\[[^\]]+\]$/.test(value)) {
    report.warning(
      { at, section: entry.section, key: entry.key },
      `${value} is taken as part of the value of ${entry.key}, because it is indented: to begin a section, move it to the left`,
    );
  }
}

/** A `;` begins a comment only behind a blank: passwords hold such characters. */
function uncommented(text: string): { value: string; comment: string | null } {
  const start = text.search(/\s;/);
  if (start < 0) return { value: text.trim(), comment: null };
  return { value: text.slice(0, start).trim(), comment: text.slice(start + 2) };
}
