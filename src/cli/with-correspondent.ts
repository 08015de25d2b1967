// How a command that asks daemons, or gives orders, begins and ends.
import type { Broker } from '../broker/broker.ts';
import { Correspondent } from '../control/correspondent.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import type { Io } from './io.ts';
import { type Connecting, withBroker } from './with-broker.ts';

export interface Asking extends Connecting {
  /** How long daemons may take to answer (ms). */
  readonly wait: number;
}

export interface Correspondence {
  readonly broker: Broker;
  readonly correspondent: Correspondent;
  readonly clock: Clock;
}

/** @throws TaskqueueError `UNAVAILABLE` where there is no connection in time, `PERMISSION` where this user may not ask */
export async function withCorrespondent<T>(
  io: Io,
  options: Connecting,
  work: (correspondence: Correspondence) => Promise<T>,
): Promise<T> {
  return withBroker(io, options, async (broker, { user }) => {
    const clock = systemClock;
    const correspondent = new Correspondent({ broker, clock, logger: silentLogger }, { user });
    await correspondent.start();
    try {
      return await work({ broker, correspondent, clock });
    } finally {
      await correspondent.stop();
    }
  });
}
