// Parked messages by what is the matter with them: equal errors have one fingerprint. Bounded, however many there are.
import type { ParkedFacts } from './facts.ts';

export interface Group {
  readonly fingerprint: string;
  readonly type: string;
  readonly errorName: string;
  /** Of the one that was parked last. */
  readonly error: string;
  readonly count: number;
  /** How many for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** When the first and the last of them were parked (ms since 1970); `null` where that is not known. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** The life of the one that was parked last. */
  readonly run: string;
}

/** Anybody can think up errors. */
const MOST_GROUPS = 10_000;

export class Groups {
  readonly #groups = new Map<string, Group>();
  #leftOut = 0;

  /** How many messages there was no group left for. */
  get leftOut(): number {
    return this.#leftOut;
  }

  add(facts: ParkedFacts): void {
    const before = this.#groups.get(facts.fingerprint);
    if (before === undefined && this.#groups.size >= MOST_GROUPS) this.#leftOut++;
    else this.#groups.set(facts.fingerprint, grown(before, facts));
  }

  /** The largest first. */
  all(): Group[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count || (b.newest ?? 0) - (a.newest ?? 0));
  }
}

function grown(before: Group | undefined, facts: ParkedFacts): Group {
  const { fingerprint, type, errorName, reason, at } = facts;
  const isLast = before === undefined || (at ?? 0) >= (before.newest ?? 0);
  const { error, run } = isLast ? facts : before;
  return {
    fingerprint,
    type,
    errorName,
    error,
    count: (before?.count ?? 0) + 1,
    reasons: { ...before?.reasons, [reason]: (before?.reasons[reason] ?? 0) + 1 },
    oldest: either(Math.min, before?.oldest, at),
    newest: either(Math.max, before?.newest, at),
    run,
  };
}

function either(choose: (...all: number[]) => number, one: number | null | undefined, other: number | null) {
  const known = [one, other].filter((at): at is number => typeof at === 'number');
  return known.length === 0 ? null : choose(...known);
}
