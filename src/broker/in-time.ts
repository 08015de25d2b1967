// How long a confirm is waited for by those whom nothing else tells that a queue is dead: it takes messages, and never
// confirms them. While the broker takes no messages at all, no queue is to blame, and nothing is given up.
import { type Clock, within } from '../core/clock.ts';
import type { Broker } from './broker.ts';

const CONFIRM_WITHIN_MS = 10_000;

/** True when `published` is done; false where it takes too long. */
export async function isInTime(
  broker: Pick<Broker, 'status'>,
  clock: Clock,
  published: Promise<unknown>,
): Promise<boolean> {
  while (!(await within(clock, CONFIRM_WITHIN_MS, published))) {
    if (broker.status.state !== 'blocked') return false;
  }
  return true;
}
