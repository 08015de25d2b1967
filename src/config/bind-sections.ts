// Which section belongs to which worker type, or group of one? A section is spelled `[T]` or `[worker_T]` for an
// installed type T, and `[T_G]` or `[worker_T_G]` for a group G that T lists. It must have exactly one such reading.
import { didYouMean } from '../core/suggest.ts';
import type { Report } from './report.ts';
import { RESERVED_SECTIONS, type Section, type Sections } from './sections.ts';

/** A type, or a group of one. */
export interface Target {
  readonly type: string;
  readonly group: string | null;
}

export interface Binding {
  sectionOf(target: Target): Section | undefined;
}

/** `worker1`, `worker2_bifh1`: what instances and sections are called after. */
export function targetName({ type, group }: Target): string {
  return group === null ? type : `${type}_${group}`;
}

/** The names that a target's section may have. */
function spellings(target: Target): string[] {
  const name = targetName(target);
  return [name, `worker_${name}`];
}

/**
 * @param reserved names that are no worker sections, besides `[DEFAULT]`, `[amqp]` and `[taskqueue]`
 * @param groupsOf the groups that the section of a type lists
 */
export function bindSections(
  sections: Sections,
  reserved: ReadonlySet<string>,
  types: readonly string[],
  groupsOf: (section: Section) => readonly string[],
  report: Report,
): Binding {
  const isOurs = (name: string): boolean => RESERVED_SECTIONS.includes(name) || reserved.has(name);
  const candidates = [...sections.values()].filter(({ name }) => !isOurs(name));
  const typeTargets = types.map((type): Target => ({ type, group: null }));
  const groupTargets = candidates.flatMap((section) => {
    const [target, ...others] = readingsOf(section, typeTargets);
    if (target === undefined || others.length > 0) return [];
    return groupsOf(section).map((group): Target => ({ type: target.type, group }));
  });
  const targets = [...typeTargets, ...groupTargets.filter(isFirst)];
  const bound = new Map<string, Section>();
  for (const section of candidates) {
    const readings = readingsOf(section, targets);
    if (readings.length === 0) noteUnbound(section, targets, report);
    else if (readings.length > 1) refuseAmbiguous(section, readings, report);
    else bindTo(readings[0] as Target, section, bound, report);
  }
  return { sectionOf: (target) => bound.get(keyOf(target)) };
}

function readingsOf(section: Section, targets: readonly Target[]): Target[] {
  return targets.filter((target) => spellings(target).includes(section.name));
}

const keyOf = ({ type, group }: Target): string => JSON.stringify([type, group]);

function isFirst(target: Target, index: number, all: readonly Target[]): boolean {
  return all.findIndex((other) => keyOf(other) === keyOf(target)) === index;
}

function bindTo(target: Target, section: Section, bound: Map<string, Section>, report: Report): void {
  const other = bound.get(keyOf(target));
  if (other === undefined) {
    bound.set(keyOf(target), section);
    return;
  }
  const place = `${other.at.file}:${other.at.line}`;
  report.mistake(
    aboutSection(section),
    `belongs to ${described(target)}, as [${other.name}] (${place}) does: make one of the two`,
  );
}

function refuseAmbiguous(section: Section, readings: readonly Target[], report: Report): void {
  const all = readings.map(described).join(', or to ');
  // Another spelling helps only where it has a single reading; two groups that spell alike need another name.
  const hint = readings.every(({ group }) => group === null)
    ? readings
        .map((one) => `write [${spellings(one).find((name) => name !== section.name)}] for "${one.type}"`)
        .join(', ')
    : 'give one of the groups another name';
  report.mistake(aboutSection(section), `may belong to ${all}: ${hint}`);
}

export function described({ type, group }: Target): string {
  return group === null ? `the worker type "${type}"` : `the group "${group}" of the worker type "${type}"`;
}

/** Not a mistake: the plugin may be on other hosts. But a near miss deserves a louder word. */
function noteUnbound(section: Section, targets: readonly Target[], report: Report): void {
  const about = aboutSection(section);
  const names = [...RESERVED_SECTIONS, ...targets.flatMap(spellings)];
  const guess = didYouMean(section.name, names);
  const prefix = targets.find((target) => target.group === null && hasPrefix(section.name, target));
  if (guess !== '') report.warning(about, `no such worker type here${guess}`);
  else if (prefix !== undefined) {
    report.warning(
      about,
      `no such worker type here, and "${prefix.type}" lists no such group: see subgroups in [${prefix.type}]`,
    );
  } else report.note(about, 'no plugin for such a worker type here: the section has no effect on this host');
}

function hasPrefix(name: string, target: Target): boolean {
  return spellings(target).some((spelling) => name.startsWith(`${spelling}_`));
}

const aboutSection = ({ name, at }: Section): { at: Section['at']; section: string } => ({ at, section: name });
