// Who listens to what, and until when. Pure.
import type { TaskqueueEvent } from '../events/event.ts';

export interface Interest {
  /** Where the events go. */
  readonly queue: string;
  /** Only workitems with this `reply_to`; `null`: everything, instances too. */
  readonly replyTo: string | null;
  /** ms since 1970 */
  readonly untilMs: number;
}

type UntilByQueue = ReadonlyMap<string, number>;

export interface Listeners {
  /** How many interests there are. */
  readonly count: number;
  /** By what they ask for: found with one look for each event. */
  readonly byReplyTo: ReadonlyMap<string | null, UntilByQueue>;
}

export const NO_LISTENERS: Listeners = { count: 0, byReplyTo: new Map() };

/** Anybody who may ask can listen; each costs a little of every event. */
export const MOST_INTERESTS = 1_000;

/** With this one noted, or its time extended; `undefined` where there are too many. */
export function withInterest(listeners: Listeners, { queue, replyTo, untilMs }: Interest): Listeners | undefined {
  const queues = listeners.byReplyTo.get(replyTo) ?? new Map<string, number>();
  const count = listeners.count + (queues.has(queue) ? 0 : 1);
  if (count > MOST_INTERESTS) return undefined;
  return { count, byReplyTo: new Map(listeners.byReplyTo).set(replyTo, new Map(queues).set(queue, untilMs)) };
}

/** Without those whose time is over. */
export function withoutExpired(listeners: Listeners, now: number): Listeners {
  const byReplyTo = new Map<string | null, UntilByQueue>();
  let count = 0;
  for (const [replyTo, queues] of listeners.byReplyTo) {
    const left = new Map([...queues].filter(([, untilMs]) => untilMs > now));
    if (left.size > 0) byReplyTo.set(replyTo, left);
    count += left.size;
  }
  return { count, byReplyTo };
}

/** Where this event goes; once to each queue, though it asked twice. */
export function queuesFor({ byReplyTo }: Listeners, event: TaskqueueEvent): Iterable<string> {
  const everything = byReplyTo.get(null)?.keys() ?? [];
  const replyTo = 'replyTo' in event ? event.replyTo : null;
  const own = replyTo === null ? undefined : byReplyTo.get(replyTo);
  if (!own) return everything;
  return new Set([...everything, ...own.keys()]);
}

/** All queues that somebody listens with. */
export function queuesOf({ byReplyTo }: Listeners): ReadonlySet<string> {
  return new Set([...byReplyTo.values()].flatMap((queues) => [...queues.keys()]));
}
