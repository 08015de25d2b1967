// The books: what was sent and confirmed, held against what came out. Pure: events in, a verdict out.
import type { Expected, Order } from './workload.ts';

export type LedgerEvent =
  | { readonly kind: 'sent'; readonly order: Order }
  /** From here on it must have its outcome. */
  | { readonly kind: 'confirmed'; readonly id: string }
  | Outcome;

/** A result, or an entry in `taskqueue.dead`. */
export interface Outcome {
  readonly kind: 'outcome';
  readonly id: string;
  readonly where: 'result' | 'dead';
  /** `tq-status` of a result; `tq-reason` of what is parked. */
  readonly said: string;
  /** A parked one whose failed result has been published as well. */
  readonly isReported: boolean;
  /** Equal for two deliveries of one message. */
  readonly mark: string;
  /** The broker had delivered it to the collector before. */
  readonly isRedelivered: boolean;
  /** What the handler, or else nobody, told. */
  readonly host: string | null;
  /** When the pool gave it to a worker (ms since 1970). */
  readonly startedAt: number;
}

export interface Verdict {
  readonly sent: number;
  readonly confirmed: number;
  readonly ended: Readonly<Record<Expected, number>>;
  /** Confirmed, and no outcome. */
  readonly lost: readonly string[];
  /** Failed for good, but the copy that belongs into `taskqueue.dead` is not there. */
  readonly withoutCopy: readonly string[];
  readonly different: readonly string[];
  /** They did nothing wrong, and were parked or reported as failed. */
  readonly innocents: readonly string[];
  /** An outcome other than theirs, which is not one of the above. */
  readonly unexpected: readonly string[];
  /** Outcomes of what nobody sent. */
  readonly strangers: readonly string[];
  /** Results, and entries in `taskqueue.dead`, beyond the first one. */
  readonly duplicates: number;
  /** Handlers begun more often than once, among those that begin once. */
  readonly extraRuns: number;
}

/** `starts`: how often handlers began with each workitem. */
export function verdictOf(events: readonly LedgerEvent[], starts: ReadonlyMap<string, number>): Verdict {
  const { orders, certain, outcomes } = read(events);
  const unique = new Map([...outcomes].map(([id, all]) => [id, withoutRedelivered(all)]));
  const of = (id: string): readonly Outcome[] => unique.get(id) ?? [];
  const endOf = new Map(certain.map(({ id }) => [id, new Set(of(id).map(endingOf))]));
  const ended = (order: Order): boolean => endOf.get(order.id)?.size === 1;
  const wrong = certain.filter((order) => ended(order) && !endOf.get(order.id)?.has(order.expected));
  const count = (end: Expected): number =>
    certain.filter((order) => ended(order) && endOf.get(order.id)?.has(end)).length;
  return {
    sent: orders.size,
    confirmed: certain.length,
    ended: { finished: count('finished'), failed: count('failed'), expired: count('expired'), parked: count('parked') },
    lost: idsOf(certain.filter(({ id }) => of(id).length === 0)),
    withoutCopy: idsOf(
      certain.filter((order) => order.isKept && of(order.id).length > 0 && !isComplete(order, of(order.id))),
    ),
    different: idsOf(certain.filter(({ id }) => (endOf.get(id)?.size ?? 0) > 1)),
    innocents: idsOf(wrong.filter(({ expected }) => expected === 'finished')),
    unexpected: idsOf(wrong.filter(({ expected }) => expected !== 'finished')),
    strangers: [...outcomes.keys()].filter((id) => !orders.has(id)),
    duplicates: certain.reduce((sum, { id }) => sum + extraOf(of(id)), 0),
    extraRuns: certain
      .filter((order) => order.runsOnce)
      .reduce((sum, { id }) => sum + Math.max(0, (starts.get(id) ?? 0) - 1), 0),
  };
}

/** Those that must have an outcome and have not, or not all of it. */
export function openIn(events: readonly LedgerEvent[]): readonly Order[] {
  const { certain, outcomes } = read(events);
  return certain.filter((order) => !isComplete(order, outcomes.get(order.id) ?? []));
}

export function isGood(verdict: Verdict): boolean {
  const { lost, withoutCopy, different, innocents, unexpected, strangers } = verdict;
  return [lost, withoutCopy, different, innocents, unexpected, strangers].every((ids) => ids.length === 0);
}

interface Books {
  readonly orders: ReadonlyMap<string, Order>;
  /** Those that the broker has confirmed. */
  readonly certain: readonly Order[];
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>;
}

function read(events: readonly LedgerEvent[]): Books {
  const orders = new Map<string, Order>();
  const confirmed = new Set<string>();
  const outcomes = new Map<string, Outcome[]>();
  for (const event of events) {
    if (event.kind === 'sent') orders.set(event.order.id, event.order);
    else if (event.kind === 'confirmed') confirmed.add(event.id);
    else outcomes.set(event.id, [...(outcomes.get(event.id) ?? []), event]);
  }
  return { orders, certain: [...confirmed].flatMap((id) => orders.get(id) ?? []), outcomes };
}

/** A failed one that is kept has its result and its entry. */
function isComplete(order: Order, outcomes: readonly Outcome[]): boolean {
  const isThere = (where: Outcome['where']): boolean => outcomes.some((outcome) => outcome.where === where);
  return order.isKept ? isThere('result') && isThere('dead') : outcomes.length > 0;
}

/** What it says of its workitem. The entry of one that has been reported as failed says the same as that report. */
function endingOf({ where, said, isReported }: Outcome): string {
  if (where === 'result') return said;
  return isReported ? 'failed' : 'parked';
}

/** The collector reads at least once, too: what it was given again is no duplicate of the product's. */
function withoutRedelivered(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(
    (outcome, index) => !(outcome.isRedelivered && outcomes.slice(0, index).some(({ mark }) => mark === outcome.mark)),
  );
}

function extraOf(outcomes: readonly Outcome[]): number {
  const places = (['result', 'dead'] as const).map((place) => outcomes.filter(({ where }) => where === place).length);
  return places.reduce((sum, inPlace) => sum + Math.max(0, inPlace - 1), 0);
}

function idsOf(orders: readonly Order[]): readonly string[] {
  return orders.map(({ id }) => id);
}
