// How a command that asks the broker connects: one deadline for the connection, and an end in good order whatever happens.
import type { Broker } from '../broker/broker.ts';
import { connectWithin } from '../broker/connect-within.ts';
import type { AmqpConfig } from '../config/config.ts';
import { refuseMistakes } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { loadConfigBasics } from '../installation/load.ts';
import type { Io } from './io.ts';

export interface Connecting {
  /** The configuration file. */
  readonly config: string;
  /** How long connecting may take (ms). */
  readonly timeout: number;
}

/** @throws TaskqueueError `UNAVAILABLE` where there is no connection in time, with what the broker said */
export async function withBroker<T>(
  io: Io,
  options: Connecting,
  work: (broker: Broker, amqp: AmqpConfig) => Promise<T>,
): Promise<T> {
  const amqp = amqpOf(options.config);
  const broker = await io.openBroker(amqp);
  try {
    await connectWithin(broker, systemClock, options.timeout);
    return await work(broker, amqp);
  } finally {
    await broker.stop();
  }
}

function amqpOf(configFile: string): AmqpConfig {
  const basics = loadConfigBasics(configFile, { isRoot: false }); // nothing of it is run as another user
  refuseMistakes(basics.report);
  return basics.amqp;
}
