// Worker queues that refuse messages just now (a length limit is reached, say). A queue that refuses gets some patience,
// but never so much of the prefetch that other types have to wait. Pure.
import { REFUSED_FOR_MS } from '../handling/publish-until-known.ts';

interface Refusing {
  /** When its queue began to refuse, and when it did so last (ms since 1970); `null` where it takes messages again. */
  readonly refused: { readonly since: number; readonly last: number } | null;
  /** How many messages wait here for another try. */
  readonly waiting: number;
}

/** By worker type; types whose queues take messages, and for which nothing waits, are absent. */
export type Refusals = ReadonlyMap<string, Refusing>;

/** How many messages of one type may wait here for its queue. */
const MOST_WAITING = 20;

/** May one more message of this type wait? If not, it is set aside. */
export function mayWait(refusals: Refusals, type: string, now: number): boolean {
  const { refused, waiting } = refusals.get(type) ?? NOT_REFUSING;
  return waiting < MOST_WAITING && (refused === null || now - refused.since < REFUSED_FOR_MS);
}

const NOT_REFUSING: Refusing = { refused: null, waiting: 0 };

/** Its queue has refused one now. One that has not been heard of for long has its patience anew. */
export function withRefusal(refusals: Refusals, type: string, now: number): Refusals {
  const recent = new Map([...refusals].filter(([, refusing]) => !isForgotten(refusing, now)));
  const { refused, waiting } = recent.get(type) ?? NOT_REFUSING;
  return recent.set(type, { refused: { since: refused?.since ?? now, last: now }, waiting });
}

function isForgotten({ refused, waiting }: Refusing, now: number): boolean {
  return waiting === 0 && (refused === null || now - refused.last >= REFUSED_FOR_MS);
}

/** One more waits, or one less. */
export function withWaiting(refusals: Refusals, type: string, change: 1 | -1): Refusals {
  const { refused, waiting } = refusals.get(type) ?? NOT_REFUSING;
  return withEntry(refusals, type, { refused, waiting: waiting + change });
}

/** Its queue takes messages again, or is gone. */
export function withoutRefusal(refusals: Refusals, type: string): Refusals {
  const refusing = refusals.get(type);
  return refusing ? withEntry(refusals, type, { ...refusing, refused: null }) : refusals;
}

function withEntry(refusals: Refusals, type: string, refusing: Refusing): Refusals {
  const changed = new Map(refusals);
  if (refusing.refused === null && refusing.waiting <= 0) changed.delete(type);
  else changed.set(type, refusing);
  return changed;
}
