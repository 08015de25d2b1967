// A worker type whose work is done by a program: `{ "command": ["python3", "resize.py"] }`. Pure: what the command comes to
// on this host is seen to by command-line.ts.
import { resolve, sep } from 'node:path';
import { didYouMean } from '../core/suggest.ts';
import { ownValue } from '../workitem/json.ts';
import { shown, type Table } from './manifest-entries.ts';
import type { CommandCode } from './plugin.ts';

/** What package.json says, or `undefined` and some mistakes more. `where` names the worker, for those. */
export function commandIn(value: Table, where: string, directory: string, mistakes: string[]): CommandCode | undefined {
  const told = mistakes.length;
  const wrong = (what: string): void => void mistakes.push(`${where}: ${what}`);
  for (const key of Object.keys(value).filter((key) => !KNOWN_KEYS.includes(key))) {
    wrong(`unknown key ${shown(key)}${didYouMean(key, KNOWN_KEYS)}`);
  }
  const command = wordsIn(ownValue(value, 'command'), directory, wrong);
  const accept = patternsIn(ownValue(value, 'accept') ?? ['*/*'], wrong);
  const [raw, handshake] = ['raw', 'handshake'].map((key) => flagIn(key, ownValue(value, key) ?? false, wrong));
  const concurrency = countIn(ownValue(value, 'concurrency') ?? 1, wrong);
  if (!command || mistakes.length > told) return undefined;
  return { kind: 'command', directory, command, accept, raw: raw === true, handshake: handshake === true, concurrency };
}

const KNOWN_KEYS = ['command', 'accept', 'raw', 'handshake', 'concurrency'];

type Wrong = (what: string) => void;

const MOST_WORDS = 64;
const LONGEST_WORD = 4096;

function wordsIn(value: unknown, directory: string, wrong: Wrong): readonly [string, ...string[]] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_WORDS || !value.every(isWord)) {
    wrong(
      `"command" must be a list of 1 to ${MOST_WORDS} texts, such as ["python3", "worker.py"], not ${shown(value)}`,
    );
    return undefined;
  }
  const [program, ...args] = value as [string, ...string[]];
  if (program === '') wrong('"command" names no program');
  else if (program.includes('/') && !resolve(directory, program).startsWith(directory + sep)) {
    wrong(
      `the program ${shown(program)} leads out of the plugin's directory (one of the system is named without a directory, such as "python3")`,
    );
  }
  return [program, ...args];
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_WORD && !value.includes('\0');
}

const MOST_PATTERNS = 100;
const PATTERN = /^(\*|\*\/\*|[\w!#$&^.+-]{1,127}\/(\*|[\w!#$&^.+-]{1,127}))$/;

function patternsIn(value: unknown, wrong: Wrong): readonly string[] {
  const patterns: unknown = typeof value === 'string' ? [value] : value;
  const isPattern = (one: unknown): boolean => typeof one === 'string' && PATTERN.test(one);
  const isList = Array.isArray(patterns) && patterns.length > 0 && patterns.length <= MOST_PATTERNS;
  if (isList && patterns.every(isPattern)) return patterns as string[];
  wrong(`"accept" must be a list of content types such as ["text/*"], not ${shown(value)}`);
  return [];
}

function flagIn(key: string, value: unknown, wrong: Wrong): boolean {
  if (typeof value !== 'boolean') wrong(`"${key}" must be true or false, not ${shown(value)}`);
  return value === true;
}

const MOST_AT_ONCE = 1000;

function countIn(value: unknown, wrong: Wrong): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_AT_ONCE) return value as number;
  wrong(`"concurrency" must be a whole number from 1 to ${MOST_AT_ONCE}, not ${shown(value)}`);
  return 1;
}
