// Dispatcher, pool manager and broker of one installation, in this process: only the worker processes are processes. What
// the demo and the test kit run.
import { hostname } from 'node:os';
import type { Broker } from '../broker/broker.ts';
import { createMemoryBroker } from '../broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../broker/memory/server.ts';
import { NO_ORDERS } from '../control/standing.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { Dispatcher } from '../dispatcher/dispatcher.ts';
import { readerFor, settingsFrom } from '../dispatcher/set-up.ts';
import type { EventSink } from '../events/event.ts';
import type { Installation } from '../installation/load.ts';
import { childSpecAs } from '../pool/child-spec.ts';
import { planOf } from '../pool/plan.ts';
import { Pool } from '../pool/pool.ts';

export interface SystemTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventSink;
}

export interface System {
  readonly server: MemoryServer;
  readonly dispatcher: Dispatcher;
  readonly pool: Pool;
  /** Of whoever sends and looks. */
  readonly sender: Broker;
  start(): Promise<void>;
  /** What runs may finish within `stop_timeout`. */
  stop(): Promise<void>;
  /** Ends all processes at once; `stop` is then quick. */
  kill(): void;
}

/** Worker processes run as whoever runs this one: a `user` of the configuration is of no account. */
export function createSystem({ config, installed }: Installation, { clock, logger, events }: SystemTools): System {
  const server = createMemoryServer({ clock });
  const brokerFor = (name: string): Broker => createMemoryBroker(server, { name });
  const common = { clock, logger, events, host: hostname(), orders: NO_ORDERS };
  const reader = readerFor(installed, { logger, clock, identityOf: async () => null });
  const dispatcher = new Dispatcher(
    { ...common, broker: brokerFor('dispatcher'), daemon: 'dispatcher' },
    settingsFrom({ config, installed }, reader),
  );
  const pool = new Pool({
    tools: { ...common, broker: brokerFor('pool'), daemon: 'workerpool', queueType: config.amqp.queueType },
    plans: planOf(config, installed),
    childSpecFor: async (plan) => childSpecAs(plan, null),
  });
  const sender = brokerFor('sender');
  return {
    server,
    dispatcher,
    pool,
    sender,
    async start() {
      await pool.start();
      await dispatcher.start();
      await sender.start();
    },
    async stop() {
      await pool.stop();
      await dispatcher.stop();
      await Promise.all([reader.stop(), sender.stop()]);
      server.stop();
    },
    kill: () => pool.kill(),
  };
}
