// Worker queues that refuse messages just now (a length limit is reached, say). A queue that refuses gets some patience,
// but never so much of the prefetch that other types have to wait.
import { REFUSED_FOR_MS } from '../handling/publish-until-known.ts';

interface Refusing {
  readonly since: number;
  readonly waiting: number;
}

/** By worker type; types that take messages are absent. */
export type Refusals = ReadonlyMap<string, Refusing>;

/** How many messages of one type may wait here for its queue. */
const MOST_WAITING = 20;

/** May one more message of this type wait? If not, it is set aside. */
export function mayWait(refusals: Refusals, type: string, now: number): boolean {
  const refusing = refusals.get(type);
  return refusing === undefined || (refusing.waiting < MOST_WAITING && now - refusing.since < REFUSED_FOR_MS);
}

/** One more waits, or one less. */
export function withWaiting(refusals: Refusals, type: string, now: number, change: 1 | -1): Refusals {
  const refusing = refusals.get(type) ?? { since: now, waiting: 0 };
  return new Map(refusals).set(type, { ...refusing, waiting: refusing.waiting + change });
}

/** Its queue takes messages again. */
export function withoutRefusal(refusals: Refusals, type: string): Refusals {
  if (!refusals.has(type)) return refusals;
  const others = new Map(refusals);
  others.delete(type);
  return others;
}
