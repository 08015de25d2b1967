// Takes parked messages out: sent again, or deleted. One that is sent again is acknowledged only when the broker has
// confirmed it where it went: whoever dies in between leaves a duplicate, never a loss.
import type { Delivery } from '../broker/broker.ts';
import { factsOf, keyOf, type ParkedFacts } from './facts.ts';
import { type LookTools, lookThrough } from './look.ts';
import { type Requeue, requeueOf } from './requeue.ts';
import { Resending, type ResendOutcome } from './resending.ts';

interface ActOptions {
  readonly queue: string;
  readonly patienceMs: number;
  /** How many at most: each is remembered until the end. See `atOnce`. */
  readonly limit: number;
  /** Whether it is meant. Asked once for each message, unless a second walk is needed. */
  isMeant(facts: ParkedFacts): boolean;
  /** What has become of one that was meant. */
  onDone(done: Done): void;
}

/** So many are remembered, one by one. */
export const MOST_AT_ONCE = 100_000;

export function atOnce(limit: number | undefined): number {
  return Math.min(limit ?? MOST_AT_ONCE, MOST_AT_ONCE);
}

interface AboutDone {
  readonly facts: ParkedFacts;
}

export type Done =
  /** `run`: its new life, where it has one that we can name; `queue`: where it is now. */
  | (AboutDone & { readonly kind: 'requeued'; readonly run: string | null; readonly queue: string })
  | (AboutDone & { readonly kind: 'deleted' })
  /** Still parked, because it cannot be sent again as it was. */
  | (AboutDone & { readonly kind: 'refused'; readonly why: string })
  /** Still parked, because the broker did not take it. */
  | (AboutDone & { readonly kind: 'left'; readonly why: string });

type Act = (delivery: Delivery, facts: ParkedFacts) => Promise<Done>;

interface RequeueSettings {
  readonly withoutExpiry: boolean;
}

/** False where somebody else was at work there, so that some may not have been seen, before the limit was reached. */
export function requeueParked(tools: LookTools, options: ActOptions, settings: RequeueSettings): Promise<boolean> {
  const resending = new Resending(tools.broker, tools.clock);
  return actOnParked(tools, options, (delivery, facts) => {
    const wanted = requeueOf(delivery.message, { now: tools.clock.now(), ...settings });
    return requeue(resending, delivery, facts, wanted);
  });
}

/** As above. */
export function deleteParked(tools: LookTools, options: ActOptions): Promise<boolean> {
  return actOnParked(tools, options, async (delivery, facts) =>
    delivery.ack() ? { kind: 'deleted', facts } : { kind: 'left', facts, why: GONE },
  );
}

const GONE = 'the connection to the broker was lost';

async function actOnParked(tools: LookTools, options: ActOptions, act: Act): Promise<boolean> {
  const { queue, patienceMs, isMeant, onDone } = options;
  const seen = new Seen();
  let left = atOnce(options.limit);
  const { isWhole } = await lookThrough(tools, {
    queue,
    patienceMs,
    begin: () => seen.begin(),
    async visit(delivery) {
      const facts = factsOf(delivery.message);
      if (left === 0 || seen.has(facts) || !isMeant(facts)) return;
      left--;
      const done = await act(delivery, facts);
      seen.add(done);
      onDone(done);
    },
  });
  return isWhole || left === 0;
}

/** What is parked again while we are still at work is not sent a second time; what was left is not tried a second time. */
class Seen {
  #walks = 0;
  readonly #left = new Set<string>();
  readonly #lives = new Set<string>();
  /** Of those that the dispatcher gives a new life. */
  readonly #ids = new Set<string>();

  begin(): void {
    this.#walks++;
  }

  has(facts: ParkedFacts): boolean {
    const isAgain = this.#walks > 1 && this.#ids.has(facts.id); // in the first walk, it may be another one with this id
    return isAgain || this.#lives.has(facts.run) || this.#left.has(keyOf(facts));
  }

  add(done: Done): void {
    if (done.kind === 'refused' || done.kind === 'left') this.#left.add(keyOf(done.facts));
    if (done.kind !== 'requeued') return;
    if (done.run !== null) this.#lives.add(done.run);
    else this.#ids.add(done.facts.id);
  }
}

async function requeue(resending: Resending, delivery: Delivery, facts: ParkedFacts, wanted: Requeue): Promise<Done> {
  if (wanted.kind === 'refused') return { kind: 'refused', facts, why: wanted.why };
  const { outgoing, run } = wanted;
  const outcome = await resending.send(delivery, outgoing);
  if (outcome.kind !== 'confirmed') return { kind: 'left', facts, why: whyLeft(outcome, outgoing.routingKey) };
  delivery.ack(); // where that comes too late, the broker delivers it again, and there will be two
  return { kind: 'requeued', facts, run, queue: outgoing.routingKey };
}

function whyLeft(outcome: Exclude<ResendOutcome, { kind: 'confirmed' }>, queue: string): string {
  switch (outcome.kind) {
    case 'late':
      return `queue ${queue} does not confirm it, and may have it all the same`;
    case 'unsent':
      return `queue ${queue} does not confirm others: it was not sent`;
    case 'returned':
      return `there is no queue ${queue}`;
    case 'refused':
      return `queue ${queue} refused it: ${outcome.reason}`;
    case 'unwritable':
      return `it cannot be written again: ${outcome.reason}`;
    case 'gone':
      return GONE;
    default:
      return outcome satisfies never;
  }
}
