// Wiring of `taskqueue workerpool`: makes the parts, runs them, and on SIGHUP reads configuration and plugins again.
import { availableParallelism } from 'node:os';
import { canSwitchUsers } from '../child/identity.ts';
import type { GroupConfig } from '../config/config.ts';
import type { Logger } from '../core/logger.ts';
import { type Foundation, layFoundation } from '../daemon/foundation.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import type { Installation } from '../installation/load.ts';
import { childSpecFor } from './child-spec.ts';
import { planOf } from './plan.ts';
import { Pool } from './pool.ts';
import { poolControl, type Seen } from './pool-control.ts';
import { figuresOf, isSettledIn, stopWithinMs } from './pool-figures.ts';
import { poolName } from './pool-name.ts';

/** While one of them waits for its files, another has the processor. */
const FEWEST_STARTS = 2;

/** Resolves with the exit code; rejects where the configuration can't be used. */
export async function runWorkerpool(configFile: string): Promise<number> {
  const foundation = await layFoundation('workerpool', configFile, (given) => seen.control.obeyed(given));
  const { config, installed } = foundation.installation;
  const { host, logger } = foundation.tools;
  if (!canSwitchUsers()) {
    logger.warn({}, 'not root: workers run as this same user, so the broker password is not protected from them');
  }
  const tools = { ...foundation.tools, queueType: config.amqp.queueType };
  const seen: Seen = poolControl(tools, () => pool);
  const pool: Pool = new Pool({
    tools: { ...tools, events: seen.events },
    control: seen.control,
    plans: planOf(config, installed),
    childSpecFor,
    leases: { pool: await poolName(host, configFile) },
    startsAtOnce: Math.max(FEWEST_STARTS, availableParallelism()),
  });
  announce(logger, config, host);
  const code = await runPool(foundation, pool);
  logger.info({ settled: pool.settled }, 'workerpool stopped');
  return code;
}

function runPool(foundation: Foundation, pool: Pool): Promise<number> {
  let groups: readonly GroupConfig[] = foundation.installation.config.groups;
  return runDaemon(foundation, {
    service: pool,
    async reload(next) {
      groups = [...groups, ...next.config.groups]; // those before may still be at work
      await pool.reload(planOf(next.config, next.installed));
      groups = next.config.groups;
    },
    isReady: () => isSettledIn(pool.instances),
    done: () => pool.settled,
    figures: () => figuresOf(pool.instances),
    stopWithinMs: () => stopWithinMs(groups),
    kill: () => pool.kill(),
  });
}

function announce(logger: Logger, config: Installation['config'], host: string): void {
  const instances = config.groups.reduce((sum, { instances }) => sum + instances, 0);
  logger.info({ host, instances, files: config.files.join(', ') }, 'workerpool starting');
  if (instances === 0) logger.warn({}, 'there is nothing to run: no plugin is installed, or none may run');
}
