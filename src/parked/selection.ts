// Which of the parked ones are meant: all conditions that are given must hold. Pure.
import type { ParkedFacts } from './facts.ts';

export interface Selection {
  /** Ids of workitems, names of lives (`tq-run`), or the end of one, eight characters or more; none: any. */
  readonly ids: readonly string[];
  readonly types: readonly string[];
  readonly reasons: readonly string[];
  readonly fingerprints: readonly string[];
  /** Parked before then (ms since 1970); `null`: whenever. */
  readonly before: number | null;
  /** Parked then or later. */
  readonly since: number | null;
}

/** So much of the end of a life's name is enough to name it; less would be anybody's. */
export const SHORTEST_END = 8;

export function isSelected(facts: ParkedFacts, selection: Selection): boolean {
  const { ids, types, reasons, fingerprints, before, since } = selection;
  return (
    isAmong(facts.type, types) &&
    isAmong(facts.reason, reasons) &&
    isAmong(facts.fingerprint, fingerprints) &&
    (before === null || (facts.at !== null && facts.at < before)) &&
    (since === null || (facts.at !== null && facts.at >= since)) &&
    (ids.length === 0 || ids.some((id) => isNamed(facts, id)))
  );
}

export function isNamed({ id, run }: ParkedFacts, name: string): boolean {
  return id === name || run === name || (name.length >= SHORTEST_END && run.endsWith(name));
}

/** Without any condition it means all. */
export function isEverything({ ids, types, reasons, fingerprints, before, since }: Selection): boolean {
  return [ids, types, reasons, fingerprints].every(({ length }) => length === 0) && before === null && since === null;
}

function isAmong(value: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
