// Wiring of `taskqueue workerpool`: makes the parts, runs them, and on SIGHUP reads configuration and plugins again.
import { hostname } from 'node:os';
import { createAmqpBroker } from '../broker/amqp/broker.ts';
import { forbidCoreDumps } from '../child/forbid-core-dumps.ts';
import { canSwitchUsers } from '../child/identity.ts';
import { Follower } from '../control/follow.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { supervise } from '../handling/supervise.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import { loadAgain } from '../installation/load-again.ts';
import { logFindings } from '../installation/log-findings.ts';
import { runService } from '../service/run.ts';
import { stderrLogger } from '../service/stderr-log.ts';
import { systemdNotifier } from '../service/systemd.ts';
import { childSpecFor } from './child-spec.ts';
import { planOf } from './plan.ts';
import { Pool } from './pool.ts';
import { poolControl, type Seen } from './pool-control.ts';
import { figuresOf, isSettledIn, stopWithinMs } from './pool-figures.ts';
import { poolName } from './pool-name.ts';
import type { SettleTools } from './settle.ts';

/** Resolves with the exit code; rejects where the configuration can't be used. */
export async function runWorkerpool(configFile: string): Promise<number> {
  const load = (): Installation => loadInstallation(configFile, { isRoot: canSwitchUsers() });
  const { config, installed, findings } = load();
  const logger = stderrLogger(config.general.logLevel, config.general.logFormat);
  logFindings(logger, findings);
  const dumps = await forbidCoreDumps();
  if (dumps !== undefined) logger.warn({ reason: dumps }, 'core dumps could not be switched off');
  if (!canSwitchUsers()) {
    logger.warn({}, 'not root: workers run as this same user, so the broker password is not protected from them');
  }

  const host = hostname();
  const broker = createAmqpBroker({
    amqp: config.amqp,
    logger,
    clock: systemClock,
    name: `taskqueue workerpool on ${host}`,
  });
  const { queueType } = config.amqp;
  const orders = new Follower(
    { broker, clock: systemClock, logger },
    { user: config.amqp.user, onGiven: (given) => seen.control.obeyed(given) },
  );
  const quiet = {
    broker,
    clock: systemClock,
    logger,
    host,
    daemon: 'workerpool',
    queueType,
    orders,
  };
  const seen: Seen = poolControl(quiet, () => pool);
  const tools: SettleTools = { ...quiet, events: seen.events };
  const leases = { pool: await poolName(host, configFile) };
  const pool: Pool = new Pool({ tools, control: seen.control, plans: planOf(config, installed), childSpecFor, leases });

  let groups = config.groups;
  const reload = async (): Promise<void> => {
    const next = loadAgain(load, config.amqp, logger);
    logger.setLevel(next.config.general.logLevel);
    groups = [...groups, ...next.config.groups]; // those before may still be at work
    await pool.reload(planOf(next.config, next.installed));
    groups = next.config.groups;
  };
  const start = async (): Promise<void> => {
    await Promise.all([pool.start(), orders.start()]);
  };
  /** What is still running may be cancelled until it has ended. */
  const stop = async (): Promise<void> => {
    await pool.stop();
    await orders.stop();
  };
  const { service, onReload } = supervise(
    {
      service: { start, stop },
      reload,
      isReady: () => isSettledIn(pool.instances),
      done: () => pool.settled,
      figures: () => figuresOf(pool.instances),
      stopWithinMs: () => stopWithinMs(groups),
    },
    { notifier: systemdNotifier(), broker, clock: systemClock },
  );
  announce(logger, config, host);
  const code = await runService(service, { logger, onReload, onSecondSignal: () => pool.kill() });
  logger.info({ settled: pool.settled }, 'workerpool stopped');
  return code;
}

function announce(logger: Logger, config: Installation['config'], host: string): void {
  const instances = config.groups.reduce((sum, { instances }) => sum + instances, 0);
  logger.info({ host, instances, files: config.files.join(', ') }, 'workerpool starting');
  if (instances === 0) logger.warn({}, 'there is nothing to run: no plugin is installed, or none may run');
}
