// Wiring of `taskqueue dispatcher`: makes the parts, runs them, and reads the configuration again on SIGHUP.
import { workerIdentity } from '../child/worker-user.ts';
import type { Control } from '../control/control.ts';
import { layFoundation } from '../daemon/foundation.ts';
import { runDaemon } from '../daemon/run-daemon.ts';
import { Dispatcher, STOP_WITHIN_MS } from './dispatcher.ts';
import { dispatcherControl } from './dispatcher-control.ts';
import { readerFor, settingsFrom } from './set-up.ts';

/** What the broker adaptor takes for its goodbye, at most. */
const BROKER_STOP_MS = 15_000;

/** Resolves with the exit code; rejects where the configuration can't be used. */
export async function runDispatcher(configFile: string): Promise<number> {
  const foundation = await layFoundation('dispatcher', configFile, (given) => control.obeyed(given));
  const { installation, tools } = foundation;
  const { clock, host, logger } = tools;
  const readerTools = { logger, clock, identityOf: () => workerIdentity(null) };
  let reader = readerFor(installation.installed, readerTools);
  const control: Control = dispatcherControl(tools, () => dispatcher);
  const settings = settingsFrom(installation, reader);
  const dispatcher: Dispatcher = new Dispatcher({ ...tools, events: control.events }, settings, control);

  logger.info({ host, files: installation.config.files.join(', ') }, 'dispatcher starting');
  const code = await runDaemon(foundation, {
    service: {
      start: () => dispatcher.start(),
      async stop() {
        await dispatcher.stop();
        await reader.stop();
      },
    },
    async reload(next) {
      const before = reader;
      reader = readerFor(next.installed, readerTools);
      dispatcher.reconfigure(settingsFrom(next, reader));
      await before.stop();
    },
    isReady: () => dispatcher.isConsuming,
    done: () => dispatcher.forwarded,
    figures: () => [`${dispatcher.inFlight} in flight`],
    stopWithinMs: () => 2 * STOP_WITHIN_MS + BROKER_STOP_MS,
  });
  logger.info({ forwarded: dispatcher.forwarded }, 'dispatcher stopped');
  return code;
}
