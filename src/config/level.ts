// What one section says about workers: `[DEFAULT]`, `[taskqueue]`, that of a type or that of a group. Levels are laid
// one over the other by `resolve-workers.ts`.
import { didYouMean, nearest } from '../core/suggest.ts';
import { isWorkerType } from '../workitem/worker-type.ts';
import type { WorkerOptions } from './config.ts';
import { shown, splitList, wholeNumber } from './kinds.ts';
import { keysOf } from './option.ts';
import { AMQP_OPTIONS, GENERAL_OPTIONS } from './options.ts';
import type { Entry } from './parse.ts';
import { readOptions } from './read-options.ts';
import type { Report } from './report.ts';
import { COUNT_KEYS, WORKER_OPTIONS } from './worker-options.ts';

type LevelKind = 'default' | 'taskqueue' | 'type' | 'group';

export interface Level {
  readonly options: Partial<WorkerOptions>;
  /** `undefined` where this level does not say how many. */
  readonly instances: number | undefined;
  /** Only ever at a type's level. */
  readonly groups: readonly string[] | undefined;
  /** Keys that are not ours. */
  readonly settings: Readonly<Record<string, string>>;
}

export const EMPTY_LEVEL: Level = { options: {}, instances: undefined, groups: undefined, settings: {} };

/** What this floor cannot know by itself. */
export interface Surroundings {
  /** Whether results sent there would come back as workitems. */
  leadsBack(routingKey: string): boolean;
}

export function readLevel(
  entries: ReadonlyMap<string, Entry>,
  kind: LevelKind,
  surroundings: Surroundings,
  report: Report,
): Level {
  const options = readOptions(entries, WORKER_OPTIONS, report);
  checkResultsKey(options, entries, surroundings, report);
  return { options, ...readCounts(entries, kind, report), settings: readSettings(entries, kind, report) };
}

function checkResultsKey(
  { resultsRoutingKey: routingKey }: Partial<WorkerOptions>,
  entries: ReadonlyMap<string, Entry>,
  { leadsBack }: Surroundings,
  report: Report,
): void {
  const entry = entries.get(WORKER_OPTIONS.resultsRoutingKey.key);
  if (entry === undefined || routingKey === undefined || !leadsBack(routingKey)) return;
  report.mistake(entry, `${shown(routingKey)} is a queue of workitems: results sent there would go round in circles`);
}

type Counts = Pick<Level, 'instances' | 'groups'>;

/** `workers` is a number of processes or a list of groups; both have a spelling of their own as well. */
function readCounts(entries: ReadonlyMap<string, Entry>, kind: LevelKind, report: Report): Counts {
  const workers = kind === 'taskqueue' ? undefined : entries.get(COUNT_KEYS.workers); // there: the plugins that may run
  const isNumber = workers !== undefined && /^[+-]?[\d.]*$/.test(workers.value);
  const instances = single(entries.get(COUNT_KEYS.instances), isNumber ? workers : undefined, report);
  const groups = single(entries.get(COUNT_KEYS.subgroups), isNumber ? undefined : workers, report);
  return {
    instances: instances && readInstances(instances, report),
    groups: groups && readGroups(groups, kind, report),
  };
}

function single(entry: Entry | undefined, workers: Entry | undefined, report: Report): Entry | undefined {
  if (entry !== undefined && workers !== undefined) {
    report.mistake(
      workers,
      `says the same as ${entry.key} in line ${entry.at.line} of ${entry.at.file}: keep one of the two`,
    );
  }
  return entry ?? workers;
}

const COUNT = wholeNumber(0, 10_000);

function readInstances(entry: Entry, report: Report): number | undefined {
  const result = COUNT.parse(entry.value);
  if (result.ok) return result.value;
  const isEmpty = entry.value === '';
  report.mistake(entry, isEmpty ? 'the value is empty: write a number of processes, 0 for none' : result.problem);
  return undefined;
}

function readGroups(entry: Entry, kind: LevelKind, report: Report): string[] | undefined {
  if (kind !== 'type') {
    const where = 'names of groups stand only in the section of a worker type';
    report.mistake(entry, `${shown(entry.value)}: ${where}; here, write a number of processes`);
    return undefined;
  }
  const names = splitList(entry.value);
  for (const [index, name] of names.entries()) {
    const problem = groupProblem(name, names.indexOf(name) < index);
    if (problem !== undefined) report.mistake(entry, problem);
  }
  if (names.length === 0) report.mistake(entry, 'the value is empty: name the groups, or leave the line out');
  return [...new Set(names)].filter((name) => groupProblem(name, false) === undefined);
}

function groupProblem(name: string, isRepeated: boolean): string | undefined {
  if (/^[+-]?\d+$/.test(name)) return `${name} names no group: did you mean "${COUNT_KEYS.instances} = ${name}"?`;
  if (!isWorkerType(name)) return `${shown(name)} names no group: write letters, digits, . _ and -`;
  return isRepeated ? `the group ${name} is listed twice` : undefined;
}

const WORKER_KEYS = [...keysOf(WORKER_OPTIONS), ...Object.values(COUNT_KEYS)];
const GENERAL_KEYS = keysOf(GENERAL_OPTIONS);
const AMQP_KEYS = keysOf(AMQP_OPTIONS);

function readSettings(entries: ReadonlyMap<string, Entry>, kind: LevelKind, report: Report): Record<string, string> {
  const takesGeneral = kind === 'default' || kind === 'taskqueue';
  const isOurs = (key: string): boolean => WORKER_KEYS.includes(key) || (takesGeneral && GENERAL_KEYS.includes(key));
  const settings = [...entries.values()].filter(({ key }) => !isOurs(key));
  for (const entry of settings) {
    if (kind === 'taskqueue') report.mistake(entry, unknownInTaskqueue(entry.key));
    else warnAboutSetting(entry, kind, report);
  }
  return kind === 'taskqueue' ? {} : Object.fromEntries(settings.map(({ key, value }) => [key, value]));
}

function unknownInTaskqueue(key: string): string {
  if (AMQP_KEYS.includes(key)) return 'no option of this section: it belongs in [amqp]';
  const guess = didYouMean(key, [...WORKER_KEYS, ...GENERAL_KEYS]);
  return `no option of this section${guess || '; a setting for all plugins belongs in [DEFAULT]'}`;
}

/** It goes to the plugin, whatever it is; but it may well have been meant for us. */
function warnAboutSetting({ key, section, at }: Entry, kind: LevelKind, report: Report): void {
  const about = { key, section, at };
  const known = kind === 'default' ? [...WORKER_KEYS, ...GENERAL_KEYS] : WORKER_KEYS;
  if (kind === 'default' && AMQP_KEYS.includes(key)) {
    report.warning(about, 'goes to the plugins as a setting: nothing is inherited into [amqp], write it there');
  } else if (kind !== 'default' && GENERAL_KEYS.includes(key)) {
    report.warning(about, 'goes to the plugin as a setting: as an option of taskqueue, it belongs in [taskqueue]');
  } else if (nearest(key, known) !== undefined) {
    report.warning(about, `no option of taskqueue, and goes to the plugin as a setting${didYouMean(key, known)}`);
  }
}
