// Wiring of `taskqueue dispatcher`: makes the parts, runs them, and reads the configuration again on SIGHUP.
import { hostname } from 'node:os';
import { createAmqpBroker } from '../broker/amqp/broker.ts';
import { forbidCoreDumps } from '../child/forbid-core-dumps.ts';
import { canSwitchUsers } from '../child/identity.ts';
import { workerIdentity } from '../child/worker-user.ts';
import type { Control } from '../control/control.ts';
import { Follower } from '../control/follow.ts';
import { systemClock } from '../core/clock.ts';
import { supervise } from '../handling/supervise.ts';
import { type Installation, loadInstallation } from '../installation/load.ts';
import { loadAgain } from '../installation/load-again.ts';
import { logFindings } from '../installation/log-findings.ts';
import { runService } from '../service/run.ts';
import { stderrLogger } from '../service/stderr-log.ts';
import { systemdNotifier } from '../service/systemd.ts';
import type { DispatcherTools } from './desk.ts';
import { Dispatcher, STOP_WITHIN_MS } from './dispatcher.ts';
import { dispatcherControl } from './dispatcher-control.ts';
import { readerFor, settingsFrom } from './set-up.ts';

/** What the broker adaptor takes for its goodbye, at most. */
const BROKER_STOP_MS = 15_000;

/** Resolves with the exit code; rejects where the configuration can't be used. */
export async function runDispatcher(configFile: string): Promise<number> {
  const load = (): Installation => loadInstallation(configFile, { isRoot: canSwitchUsers() });
  const { config, installed, findings } = load();
  const logger = stderrLogger(config.general.logLevel, config.general.logFormat);
  logFindings(logger, findings);
  const dumps = await forbidCoreDumps();
  if (dumps !== undefined) logger.warn({ reason: dumps }, 'core dumps could not be switched off');

  const host = hostname();
  const broker = createAmqpBroker({
    amqp: config.amqp,
    logger,
    clock: systemClock,
    name: `taskqueue dispatcher on ${host}`,
  });
  const orders = new Follower(
    { broker, clock: systemClock, logger },
    { user: config.amqp.user, onGiven: (given) => control.obeyed(given) },
  );
  const quiet = { broker, clock: systemClock, logger, host, daemon: 'dispatcher', orders };
  const control: Control = dispatcherControl(quiet, () => dispatcher);
  const tools: DispatcherTools = { ...quiet, events: control.events };
  const readerTools = { logger, clock: systemClock, identityOf: () => workerIdentity(null) };
  let reader = readerFor(installed, readerTools);
  const dispatcher: Dispatcher = new Dispatcher(tools, settingsFrom({ config, installed }, reader), control);

  const reload = async (): Promise<void> => {
    const next = loadAgain(load, config.amqp, logger);
    logger.setLevel(next.config.general.logLevel);
    const before = reader;
    reader = readerFor(next.installed, readerTools);
    dispatcher.reconfigure(settingsFrom(next, reader));
    await before.stop();
  };
  const start = async (): Promise<void> => {
    await Promise.all([dispatcher.start(), orders.start()]);
  };
  const stop = async (): Promise<void> => {
    await dispatcher.stop();
    await orders.stop();
    await reader.stop();
  };
  const { service, onReload } = supervise(
    {
      service: { start, stop },
      reload,
      isReady: () => dispatcher.isConsuming,
      done: () => dispatcher.forwarded,
      figures: () => [`${dispatcher.inFlight} in flight`],
      stopWithinMs: () => 2 * STOP_WITHIN_MS + BROKER_STOP_MS,
    },
    { notifier: systemdNotifier(), broker, clock: systemClock },
  );
  logger.info({ host, files: config.files.join(', ') }, 'dispatcher starting');
  const code = await runService(service, { logger, onReload });
  logger.info({ forwarded: dispatcher.forwarded }, 'dispatcher stopped');
  return code;
}
