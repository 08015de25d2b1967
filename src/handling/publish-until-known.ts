// Publishing for the sake of a delivery: as long as it is ours, an unknown end is tried again. What is published twice
// because the first confirm got lost is a duplicate; the alternative would be to lose it.

import type { Broker, Delivery, Outgoing, PublishOutcome } from '../broker/broker.ts';
import { backoffMs } from '../core/backoff.ts';
import { type Clock, pause } from '../core/clock.ts';
import { type Patience, pauseUnder } from '../core/patience.ts';

/** `gone`: the delivery is no longer ours, so that nothing more has to be done for it here. */
export type KnownOutcome = Exclude<PublishOutcome, { kind: 'unknown' }> | { readonly kind: 'gone' };

/** Where `refused` has a chance to end by itself, it is tried again for this long. */
export const REFUSED_FOR_MS = 10_000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** @param patience ends when nobody wants to know any longer */
export async function publishUntilKnown(
  broker: Broker,
  clock: Clock,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  patience?: Patience,
): Promise<KnownOutcome> {
  for (let attempt = 1; ; attempt++) {
    if (!delivery.isOpen || patience?.isOver) return { kind: 'gone' };
    const outcome = await broker.publish(outgoing, patience);
    if (outcome.kind !== 'unknown') return outcome;
    await pauseUnder(patience, clock, backoffMs(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
  }
}

/** As above, and a refusal is tried again as well, for `REFUSED_FOR_MS`. */
export function publishPatiently(
  broker: Broker,
  clock: Clock,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
): Promise<KnownOutcome> {
  return patiently(clock, () => publishUntilKnown(broker, clock, delivery, outgoing));
}

/** Whatever way it is published: a refusal is tried again, for `REFUSED_FOR_MS`. */
export async function patiently<O extends { readonly kind: string }>(
  clock: Clock,
  publish: () => Promise<O>,
): Promise<O> {
  const until = clock.now() + REFUSED_FOR_MS;
  for (let attempt = 1; ; attempt++) {
    const outcome = await publish();
    if (outcome.kind !== 'refused' || clock.now() >= until) return outcome;
    await pause(clock, backoffMs(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
  }
}
