// In which order a pool that starts launches its instances, and how many at once. A start is all processor: where every
// process started at the same time, none would be ready before the last. So a few at a time, the first of each group
// before the second of any: work of each type begins as soon as it can. Larger groups come first, for they have most to do.
import type { Clock } from '../core/clock.ts';
import type { GroupPlan } from './plan.ts';
import type { Roster } from './roster.ts';

/** Who is not ready after that waits for something other than a processor, or is slow: the next one need not wait for it. */
const TURN_MS = 300;

/** The first of each group, then the second of each, and so on; where it is the same, larger groups before smaller ones. */
export function startOrder(roster: Roster): readonly (readonly [name: string, plan: GroupPlan])[] {
  const counts = new Map<GroupPlan, number>();
  const numbered = [...roster].map(([name, plan]) => {
    const number = (counts.get(plan) ?? 0) + 1;
    counts.set(plan, number);
    return { entry: [name, plan] as const, number };
  });
  const sizeOf = ({ entry: [, plan] }: (typeof numbered)[number]): number => counts.get(plan) ?? 0;
  return numbered.sort((a, b) => a.number - b.number || sizeOf(b) - sizeOf(a)).map(({ entry }) => entry);
}

/** Those that start, and those that wait for their turn to do so. */
export class StartQueue<T> {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #starting = new Map<T, () => void>();
  readonly #waiting: (readonly [T, () => void])[] = [];

  constructor(clock: Clock, atOnce: number) {
    this.#clock = clock;
    this.#atOnce = atOnce;
  }

  /** Calls `start` when it is its turn: now, or later. */
  add(one: T, start: () => void): void {
    this.#waiting.push([one, start]);
    this.#proceed();
  }

  /** It has started, or does not start at all: the next one may. */
  done(one: T): void {
    const at = this.#waiting.findIndex(([waiting]) => waiting === one);
    if (at >= 0) this.#waiting.splice(at, 1);
    const cancel = this.#starting.get(one);
    if (!cancel) return;
    cancel();
    this.#starting.delete(one);
    this.#proceed();
  }

  #proceed(): void {
    while (this.#starting.size < this.#atOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      const [one, start] = next;
      const cancel = this.#clock.after(TURN_MS, () => this.done(one));
      this.#starting.set(one, cancel);
      start();
    }
  }
}
