// The kinds of values that options have: how text becomes such a value, and how the value is written again. Pure.
import { formatDuration, parseDurationMs } from '../core/duration.ts';
import { formatSize, parseSize } from '../core/size.ts';
import { didYouMean } from '../core/suggest.ts';
import { printable } from '../core/text.ts';

/** The value, or what is wrong with the text: one sentence that says what to write instead. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export interface Kind<T> {
  parse(text: string): Parsed<T>;
  /** As it may stand in the file: `parse(format(value))` gives the value again. */
  format(value: T): string;
}

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const refused = <T>(problem: string): Parsed<T> => ({ ok: false, problem });

/** The text as it is shown in messages: in one line, and not too long. */
export function shown(text: string): string {
  return `"${printable(text.length > 60 ? `${text.slice(0, 60)}…` : text)}"`;
}

/** One line of text; `rule` may refuse it with a sentence. */
export function line(rule: (text: string) => string | undefined = () => undefined): Kind<string> {
  return {
    parse(text) {
      if (text === '') return refused(EMPTY);
      if (text.includes('\n')) return refused(MULTILINE); // not shown: it may be a password
      const problem = rule(text);
      return problem === undefined ? parsed(text) : refused(problem);
    },
    format: (value) => value,
  };
}

const EMPTY = 'the value is empty: leave the line out for the default';
const MULTILINE = 'an indented line below continues this value, which must be a single line';

/** As `kind`, but an empty value is one too. */
export function orEmpty(kind: Kind<string>): Kind<string> {
  return { ...kind, parse: (text) => (text === '' ? parsed('') : kind.parse(text)) };
}

/** As `kind`, and the word `none` for null. */
export function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return {
    parse: (text) => (text.toLowerCase() === 'none' ? parsed(null) : kind.parse(text)),
    format: (value) => (value === null ? 'none' : kind.format(value)),
  };
}

/** As `kind`; null cannot be written: it is what holds where the option is left out. */
export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return { parse: kind.parse, format: (value) => (value === null ? '' : kind.format(value)) };
}

export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    parse(text) {
      const number = /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
      if (number === undefined) return refused(`${shown(text)} is no whole number: write one from ${min} to ${max}`);
      if (number < min || number > max) return refused(`${text} is out of range: write a number from ${min} to ${max}`);
      return parsed(number);
    },
    format: String,
  };
}

/** Ten years: more is a slip of the keyboard. */
const LONGEST_MS = 3650 * 86_400_000;

/** In ms. */
export function duration(minMs: number): Kind<number> {
  return {
    parse(text) {
      const ms = parseDurationMs(text);
      if (ms === undefined) {
        return refused(`${shown(text)} is no duration: write a number with a unit, such as 250ms, 30s, 5m, 2h or 1d`);
      }
      if (ms >= minMs && ms <= LONGEST_MS) return parsed(ms);
      return refused(`${text} is out of range: from ${formatDuration(minMs)} to ${formatDuration(LONGEST_MS)}`);
    },
    format: formatDuration,
  };
}

/** In seconds; a plain number counts seconds. */
export function seconds(max: number): Kind<number> {
  return {
    parse(text) {
      const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDurationMs(text);
      if (ms !== undefined && ms % 1000 === 0 && ms <= max * 1000) return parsed(ms / 1000);
      return refused(`${shown(text)} is no number of whole seconds up to ${max}: write 10 or 10s`);
    },
    format: String,
  };
}

/** In bytes. */
export function size(min: number, max: number): Kind<number> {
  return {
    parse(text) {
      const bytes = parseSize(text);
      if (bytes === undefined) return refused(`${shown(text)} is no size: write 64K, 128M or 1G`);
      if (bytes >= min && bytes <= max) return parsed(bytes);
      return refused(`${text} is out of range: from ${formatSize(min)} to ${formatSize(max)}`);
    },
    format: formatSize,
  };
}

export const yesNo: Kind<boolean> = {
  parse(text) {
    const answer = YES_NO.get(text.toLowerCase());
    return answer === undefined ? refused(`${shown(text)} is neither yes nor no`) : parsed(answer);
  },
  format: (value) => (value ? 'yes' : 'no'),
};

/** The words that Python's configuration files know, too. */
const YES_NO: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['true', true],
  ['on', true],
  ['1', true],
  ['no', false],
  ['false', false],
  ['off', false],
  ['0', false],
]);

export function oneOf<T extends string>(...words: readonly T[]): Kind<T> {
  return {
    parse(text) {
      const word = words.find((known) => known === text.toLowerCase());
      if (word !== undefined) return parsed(word);
      return refused(`${shown(text)} is none of ${words.join(', ')}${didYouMean(text, words)}`);
    },
    format: (value) => value,
  };
}

export const absolutePath: Kind<string> = line((text) =>
  text.startsWith('/') ? undefined : `${shown(text)} is no absolute path: begin it with /`,
);

/** Items between commas or on lines of their own; `item` reads each. An empty list is written as nothing. */
export function list<T>(item: Kind<T>, separator: RegExp = /[,\n]/, joint = ', '): Kind<readonly T[]> {
  return {
    parse(text) {
      const values: T[] = [];
      for (const part of splitList(text, separator)) {
        const one = item.parse(part);
        if (!one.ok) return one;
        values.push(one.value);
      }
      return parsed(values);
    },
    format: (values) => values.map((value) => item.format(value)).join(joint),
  };
}

/** Without blanks around the items, and without empty items: `a, b,` has two. */
export function splitList(text: string, separator: RegExp = /[,\n]/): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function nonEmpty<T>(kind: Kind<readonly T[]>): Kind<readonly T[]> {
  return {
    ...kind,
    parse(text) {
      const all = kind.parse(text);
      return all.ok && all.value.length === 0 ? refused(EMPTY) : all;
    },
  };
}
