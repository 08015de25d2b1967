// Dispatcher, pool manager and broker of one installation, in this process: only the worker processes are processes. What
// the demo and the test kit run.
import { hostname } from 'node:os';
import type { Broker } from '../broker/broker.ts';
import { createMemoryBroker } from '../broker/memory/broker.ts';
import { createMemoryServer, type MemoryServer } from '../broker/memory/server.ts';
import { Follower } from '../control/follow.ts';
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

/** The login of all parts at the broker in here. */
const USER = 'guest';

/** Worker processes run as whoever runs this one: a `user` of the configuration is of no account. */
export function createSystem({ config, installed }: Installation, { clock, logger, events }: SystemTools): System {
  const server = createMemoryServer({ clock });
  const brokerFor = (name: string): Broker => createMemoryBroker(server, { name, user: USER });
  const [dispatcherBroker, poolBroker, sender] = [brokerFor('dispatcher'), brokerFor('pool'), brokerFor('sender')];
  const ordersBy = (broker: Broker): Follower => new Follower({ broker, clock, logger }, { user: USER });
  const [dispatcherOrders, poolOrders] = [ordersBy(dispatcherBroker), ordersBy(poolBroker)];
  const common = { clock, logger, events, host: hostname() };
  const reader = readerFor(installed, { logger, clock, identityOf: async () => null });
  const dispatcher = new Dispatcher(
    { ...common, broker: dispatcherBroker, daemon: 'dispatcher', orders: dispatcherOrders },
    settingsFrom({ config, installed }, reader),
  );
  const pool = new Pool({
    tools: {
      ...common,
      broker: poolBroker,
      daemon: 'workerpool',
      queueType: config.amqp.queueType,
      orders: poolOrders,
    },
    plans: planOf(config, installed),
    childSpecFor: async (plan) => childSpecAs(plan, null),
  });
  return {
    server,
    dispatcher,
    pool,
    sender,
    async start() {
      await Promise.all([pool.start(), poolOrders.start()]);
      await Promise.all([dispatcher.start(), dispatcherOrders.start()]);
      await sender.start();
    },
    async stop() {
      await pool.stop();
      await dispatcher.stop();
      await Promise.all([poolOrders.stop(), dispatcherOrders.stop()]);
      await Promise.all([reader.stop(), sender.stop()]);
      server.stop();
    },
    kill: () => pool.kill(),
  };
}
