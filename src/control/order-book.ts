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

type Applied =
  /** It had counted before, or what was ordered later counts more. */
  | { readonly kind: 'known' }
  /** `change`: `null` where it changes nothing, such as a resume of what goes on. */
  | { readonly kind: 'new'; readonly change: OrderChange | null }
  /** So many types are paused that no other can be. */
  | { readonly kind: 'full' };

interface BookLimits {
  readonly cancellations: number;
  readonly pauses: number;
  /** Operations that are known to have counted: more than a full log has entries. */
  readonly operations: number;
}

const LIMITS: BookLimits = { cancellations: 50_000, pauses: 10_000, operations: 100_000 };

const KNOWN: Applied = { kind: 'known' };

export class OrderBook {
  readonly cancellations: Cancellations;
  readonly #limits: BookLimits;
  readonly #pauses = new Map<string, StandingPause>();
  readonly #operations = new Set<string>();
  /** Where the last order about a type was read, since the last beginning. */
  readonly #turns = new Map<string, number>();

  constructor(limits = LIMITS) {
    this.#limits = limits;
    this.cancellations = createCancellations(limits.cancellations);
  }

  /** The log is read from its first entry, now or again: it may be another log by now. */
  begin(): void {
    this.#turns.clear();
  }

  /** @param offset of the entry in the log */
  apply({ order, by }: GivenOrder, offset: number, now: number): Applied {
    if (order.kind === 'mark') return KNOWN;
    if (order.kind === 'pause' || order.kind === 'resume') this.#turn(order.type, offset);
    if (!this.#counts(order)) return KNOWN;
    switch (order.kind) {
      case 'cancel': {
        const cancellation = { id: order.id, by, reason: order.reason, at: order.at };
        this.cancellations.add(cancellation);
        return { kind: 'new', change: { kind: 'cancelled', cancellation } };
      }
      case 'pause':
        return this.#pause(pauseOf(order, by, by), now);
      case 'resume':
        return { kind: 'new', change: this.#pauses.delete(order.type) ? { kind: 'paused', type: order.type } : null };
      case 'repeat':
        return this.#repeat(order, by, now);
      default:
        return order satisfies never;
    }
  }

  cancellationOf(message: Message): Cancellation | undefined {
    return this.cancellations.of(message);
  }

  pauseOf(type: string, now: number): StandingPause | undefined {
    const pause = this.#pauses.get(type);
    return pause && !isOver(pause, now) ? pause : undefined;
  }

  pauses(now: number): readonly StandingPause[] {
    return [...this.#pauses.values()].filter((pause) => !isOver(pause, now));
  }

  /** When the next pause is over (ms since 1970), or `null`. */
  nextEndAt(): number | null {
    const ends = [...this.#pauses.values()].map(({ untilMs }) => untilMs ?? Infinity);
    const next = ends.reduce((least, end) => Math.min(least, end), Infinity);
    return next === Infinity ? null : next;
  }

  /** Takes away the pauses that are over: the types that go on. */
  end(now: number): readonly string[] {
    const over = [...this.#pauses.values()].filter((pause) => isOver(pause, now)).map(({ type }) => type);
    for (const type of over) this.#pauses.delete(type);
    return over;
  }

  #counts({ operation }: Order): boolean {
    if (this.#operations.has(operation)) return false;
    this.#operations.add(operation);
    keepNewest(this.#operations, this.#limits.operations);
    return true;
  }

  #turn(type: string, offset: number): void {
    this.#turns.delete(type); // so that it counts as new
    this.#turns.set(type, offset);
    keepNewest(this.#turns, this.#limits.pauses);
  }

  #pause(pause: StandingPause, now: number): Applied {
    const { type } = pause;
    const wasPaused = this.#pauses.delete(type);
    if (isOver(pause, now)) return { kind: 'new', change: wasPaused ? { kind: 'paused', type } : null };
    if (this.#pauses.size >= this.#limits.pauses) return { kind: 'full' };
    this.#pauses.set(type, pause);
    return { kind: 'new', change: { kind: 'paused', type } };
  }

  #repeat(order: Extract<Order, { kind: 'repeat' }>, by: string, now: number): Applied {
    const isOutdated = (this.#turns.get(order.type) ?? -1) > order.upTo;
    const standing = pauseOf(order, order.by, `${order.by} (repeated by ${by})`);
    return isOutdated || isOver(standing, now) ? KNOWN : this.#pause(standing, now);
  }
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
