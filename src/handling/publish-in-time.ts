// Publishing to queues that may be dead: a quorum queue without its majority takes messages and never confirms them. Such a
// publish is given up after a while, so that it does not hold up those for other queues. It may have been stored all the
// same, or will be when the majority is back: where it is published elsewhere then, a duplicate is possible.
import type { Broker, Delivery, Outgoing } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';
import { type KnownOutcome, publishUntilKnown } from './publish-until-known.ts';

/** How long the broker may take to confirm. Counts only while it is connected, and takes messages at all. */
export const CONFIRM_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 500;

/** `late`: not confirmed in time. */
export type TimelyOutcome = KnownOutcome | { readonly kind: 'late'; readonly reason: string };

/** @param mayGiveUp asked when the time is up, and again and again from then on */
export function publishInTime(
  broker: Broker,
  clock: Clock,
  delivery: Pick<Delivery, 'isOpen'>,
  outgoing: Outgoing,
  mayGiveUp: () => boolean,
): Promise<TimelyOutcome> {
  return new Promise((resolve, reject) => {
    const enough = new AbortController();
    let waitedMs = 0;
    const look = (): void => {
      if (broker.status.state === 'connected') waitedMs += LOOK_EVERY_MS;
      if (waitedMs < CONFIRM_WITHIN_MS || !mayGiveUp()) {
        cancel = clock.after(LOOK_EVERY_MS, look);
        return;
      }
      resolve({ kind: 'late', reason: `the broker did not confirm it within ${CONFIRM_WITHIN_MS / 1000} s` });
      enough.abort();
    };
    let cancel = clock.after(LOOK_EVERY_MS, look);
    const known = publishUntilKnown(broker, clock, delivery, outgoing, enough.signal);
    known.finally(() => cancel()).then(resolve, reject);
  });
}
