// How long a daemon waits to know its orders: for as long as there is no connection, and then not for long. A broker without
// streams, or one that does not let us read this one, never stops the work.
import { type Broker, type Consumer, isConnected } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';

/** From when there is a connection. */
const PATIENCE_MS = 5_000;
/** A refusal that lasts so long is none of the moment, such as two daemons that declare the same thing at once. */
const REFUSED_FOR_MS = 1_000;
const LOOK_EVERY_MS = 100;

/**
 * Calls `giveUp` once, with the reason, when patience is over; until then, what it returns calls that off.
 */
export function startPatience(
  { broker, clock }: { readonly broker: Broker; readonly clock: Clock },
  consumer: Pick<Consumer, 'problem'>,
  giveUp: (why: string) => void,
): () => void {
  let connectedSince: number | undefined;
  let refusedSince: number | undefined;
  let cancel = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    const now = clock.now();
    const { problem } = consumer;
    const hasConnection = isConnected(broker.status);
    connectedSince = hasConnection ? (connectedSince ?? now) : undefined;
    refusedSince = hasConnection && problem !== null ? (refusedSince ?? now) : undefined;
    if (refusedSince !== undefined && now - refusedSince >= REFUSED_FOR_MS) return giveUp(problem ?? '');
    if (connectedSince !== undefined && now - connectedSince >= PATIENCE_MS) {
      return giveUp(problem ?? `not all of them have been read within ${PATIENCE_MS / 1000} s`);
    }
    cancel = clock.after(LOOK_EVERY_MS, look);
  }

  return () => cancel();
}
