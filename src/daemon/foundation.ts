// What each daemon stands on: its configuration and plugins, its log, its broker, and the orders that hold. Put together at
// its very beginning; nothing of it has been started yet.
import { hostname } from 'node:os';
import { createAmqpBroker } from '../broker/amqp/broker.ts';
import type { Broker } from '../broker/broker.ts';
import { forbidCoreDumps } from '../child/forbid-core-dumps.ts';
import { canSwitchUsers } from '../child/identity.ts';
import { Follower } from '../control/follow.ts';
import type { GivenOrder } from '../control/order.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import type { LevelledLogger } from '../service/log.ts';
import { stderrLogger } from '../service/stderr-log.ts';
import { loadAgain } from './load-again.ts';
import { logFindings } from './log-findings.ts';

type DaemonName = 'dispatcher' | 'workerpool';

export interface Foundation {
  /** As it was read at the start. */
  readonly installation: Installation;
  readonly tools: {
    readonly broker: Broker;
    readonly clock: Clock;
    readonly logger: LevelledLogger;
    readonly host: string;
    readonly daemon: DaemonName;
    readonly orders: Follower;
  };
  /** Reads configuration and plugins again. Throws where they cannot be used; the log has told why. */
  readInstallation(): Installation;
}

/**
 * Rejects where the configuration can't be used.
 * @param onGiven called with each order that is given from now on, once it is obeyed
 */
export async function layFoundation(
  daemon: DaemonName,
  configFile: string,
  onGiven: (given: GivenOrder) => void,
): Promise<Foundation> {
  const load = (): Installation =>
    loadInstallation(configFile, { isRoot: canSwitchUsers(), runsWorkers: daemon === 'workerpool' });
  const installation = load();
  const { general, amqp } = installation.config;
  const logger = stderrLogger(general.logLevel, general.logFormat);
  logFindings(logger, installation.findings);
  const dumps = await forbidCoreDumps();
  if (dumps !== undefined) logger.warn({ reason: dumps }, 'core dumps could not be switched off');

  const [clock, host] = [systemClock, hostname()];
  const broker = createAmqpBroker({ amqp, logger, clock, name: `taskqueue ${daemon} on ${host}` });
  const orders = new Follower({ broker, clock, logger }, { user: amqp.user, onGiven });
  return {
    installation,
    tools: { broker, clock, logger, host, daemon, orders },
    readInstallation() {
      const next = loadAgain(load, amqp, logger);
      logger.setLevel(next.config.general.logLevel);
      return next;
    },
  };
}
