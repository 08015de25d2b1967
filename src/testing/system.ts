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
import type { FormatReader } from '../dispatcher/format-reader/format-reader.ts';
import { readerFor, settingsFrom } from '../dispatcher/set-up.ts';
import type { EventSink } from '../events/event.ts';
import type { Installation } from '../installation/load.ts';
import { childSpecAs } from '../pool/child-spec.ts';
import { planOf } from '../pool/plan.ts';
import { Pool } from '../pool/pool.ts';
import type { Service } from '../service/service.ts';

interface SystemTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventSink;
}

/** The login of all parts at the broker in here. */
const USER = 'guest';

/** Worker processes run as whoever runs this one: a `user` of the configuration is of no account. */
export class System implements Service {
  readonly server: MemoryServer;
  readonly dispatcher: Dispatcher;
  readonly pool: Pool;
  /** Of whoever sends and looks. */
  readonly sender: Broker;
  readonly #reader: FormatReader;
  readonly #orders: { readonly ofDispatcher: Follower; readonly ofPool: Follower };

  constructor({ config, installed }: Installation, { clock, logger, events }: SystemTools) {
    this.server = createMemoryServer({ clock });
    const common = { clock, logger, events, host: hostname() };
    const toolsFor = (daemon: 'dispatcher' | 'workerpool') => {
      const broker = createMemoryBroker(this.server, { name: daemon, user: USER });
      return { ...common, daemon, broker, orders: new Follower({ broker, clock, logger }, { user: USER }) };
    };
    const [ofDispatcher, ofPool] = [toolsFor('dispatcher'), toolsFor('workerpool')];
    this.sender = createMemoryBroker(this.server, { name: 'sender', user: USER });
    this.#orders = { ofDispatcher: ofDispatcher.orders, ofPool: ofPool.orders };
    this.#reader = readerFor(installed, { logger, clock, identityOf: async () => null });
    this.dispatcher = new Dispatcher(ofDispatcher, settingsFrom({ config, installed }, this.#reader));
    this.pool = new Pool({
      tools: { ...ofPool, queueType: config.amqp.queueType },
      plans: planOf(config, installed),
      childSpecFor: async (plan) => childSpecAs(plan, null),
    });
  }

  async start(): Promise<void> {
    const { ofDispatcher, ofPool } = this.#orders;
    await Promise.all([this.pool.start(), ofPool.start()]);
    await Promise.all([this.dispatcher.start(), ofDispatcher.start()]);
    await this.sender.start();
  }

  /** What runs may finish within `stop_timeout`. */
  async stop(): Promise<void> {
    const { ofDispatcher, ofPool } = this.#orders;
    await this.pool.stop();
    await this.dispatcher.stop();
    await Promise.all([ofPool.stop(), ofDispatcher.stop()]);
    await Promise.all([this.#reader.stop(), this.sender.stop()]);
    this.server.stop();
  }

  /** Ends all processes at once; `stop` is then quick. */
  kill(): void {
    this.pool.kill();
  }
}
