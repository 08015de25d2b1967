// Which orders stand: what follows from the entries of the control log, in their order. Only decides; reads no log and knows
// no clock but the times that it is told.
//
// The log is read from its beginning again after every break, so each order counts once, by its operation. And the log is
// bounded: a pause may be in it as a `repeat` only, which counts less than what was ordered before it but unknown to the
// daemon that repeated it.
import type { Message } from '../workitem/message.ts';
import { type Cancellations, createCancellations } from './cancellations.ts';
import type { GivenOrder, Order } from './order.ts';
import type { Cancellation, OrderChange, Pause } from './standing.ts';

export interface StandingPause extends Pause {
  /** Of the order that it was given with. */
  readonly operation: string;
  /** Who gave it, without the daemon that may have repeated it. */
  readonly givenBy: string;
}

export type Applied =
  /** It had counted before, or what was ordered later counts more. */
  | { readonly kind: 'known' }
  /** `change`: `null` where it changes nothing, such as a resume of what goes on. */
  | { readonly kind: 'new'; readonly change: OrderChange | null }
  /** So many types are paused that no other can be. */
  | { readonly kind: 'full' };

export interface OrderBook {
  /** The log is read from its first entry, now or again. */
  begin(): void;
  /** @param offset of the entry in the log */
  apply(given: GivenOrder, offset: number, now: number): Applied;
  cancellationOf(message: Message): Cancellation | undefined;
  pauseOf(type: string, now: number): StandingPause | undefined;
  pauses(now: number): readonly StandingPause[];
  /** When the next pause is over (ms since 1970), or `null`. */
  nextEndAt(): number | null;
  /** Takes away the pauses that are over: the types that go on. */
  end(now: number): readonly string[];
  readonly cancellations: Pick<Cancellations, 'size' | 'forgotten'>;
}

export interface BookLimits {
  readonly cancellations: number;
  readonly pauses: number;
  /** Operations that are known to have counted: more than a full log has entries. */
  readonly operations: number;
}

const LIMITS: BookLimits = { cancellations: 50_000, pauses: 10_000, operations: 100_000 };

const KNOWN: Applied = { kind: 'known' };

export function createOrderBook(limits = LIMITS): OrderBook {
  const cancellations = createCancellations(limits.cancellations);
  const pauses = new Map<string, StandingPause>();
  const operations = new Set<string>();
  /** Where the last order about a type was read, since the last beginning. */
  const turns = new Map<string, number>();

  function counts({ operation }: Order): boolean {
    if (operations.has(operation)) return false;
    operations.add(operation);
    keepNewest(operations, limits.operations);
    return true;
  }

  function turn(type: string, offset: number): void {
    turns.delete(type); // so that it counts as new
    turns.set(type, offset);
    keepNewest(turns, limits.pauses);
  }

  function pause(pause: StandingPause, now: number): Applied {
    const { type } = pause;
    const wasPaused = pauses.delete(type);
    if (isOver(pause, now)) return { kind: 'new', change: wasPaused ? { kind: 'paused', type } : null };
    if (pauses.size >= limits.pauses) return { kind: 'full' };
    pauses.set(type, pause);
    return { kind: 'new', change: { kind: 'paused', type } };
  }

  function repeat(order: Extract<Order, { kind: 'repeat' }>, by: string, now: number): Applied {
    const isOutdated = (turns.get(order.type) ?? -1) > order.upTo;
    const standing = pauseOf(order, order.by, `${order.by} (repeated by ${by})`);
    return isOutdated || isOver(standing, now) ? KNOWN : pause(standing, now);
  }

  return {
    begin: () => turns.clear(), // it may be another log by now
    apply({ order, by }, offset, now) {
      if (order.kind === 'mark') return KNOWN;
      if (order.kind === 'pause' || order.kind === 'resume') turn(order.type, offset);
      if (!counts(order)) return KNOWN;
      switch (order.kind) {
        case 'cancel': {
          const cancellation = { id: order.id, by, reason: order.reason, at: order.at };
          cancellations.add(cancellation);
          return { kind: 'new', change: { kind: 'cancelled', cancellation } };
        }
        case 'pause':
          return pause(pauseOf(order, by, by), now);
        case 'resume':
          return { kind: 'new', change: pauses.delete(order.type) ? { kind: 'paused', type: order.type } : null };
        case 'repeat':
          return repeat(order, by, now);
        default:
          return order satisfies never;
      }
    },
    cancellationOf: (message) => cancellations.of(message),
    pauseOf(type, now) {
      const pause = pauses.get(type);
      return pause && !isOver(pause, now) ? pause : undefined;
    },
    pauses: (now) => [...pauses.values()].filter((pause) => !isOver(pause, now)),
    nextEndAt() {
      const next = [...pauses.values()].reduce((least, { untilMs }) => Math.min(least, untilMs ?? Infinity), Infinity);
      return next === Infinity ? null : next;
    },
    end(now) {
      const over = [...pauses.values()].filter((pause) => isOver(pause, now)).map(({ type }) => type);
      for (const type of over) pauses.delete(type);
      return over;
    },
    cancellations,
  };
}

function pauseOf(order: Extract<Order, { kind: 'pause' | 'repeat' }>, givenBy: string, by: string): StandingPause {
  const { type, reason, operation, at, untilMs } = order;
  return { type, by, reason, since: at, untilMs, operation, givenBy };
}

function isOver({ untilMs }: Pause, now: number): boolean {
  return untilMs !== null && untilMs <= now;
}

/** Maps and sets know the order in which their entries came. */
function keepNewest(all: Map<string, unknown> | Set<string>, count: number): void {
  for (const oldest of all.keys()) {
    if (all.size <= count) return;
    all.delete(oldest);
  }
}
