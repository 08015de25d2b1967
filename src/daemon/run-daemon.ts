// Runs what has been built on a foundation, with the orders that it obeys, under the eyes of systemd, until somebody ends it.
import type { Installation } from '../installation/load.ts';
import { runService } from '../service/run.ts';
import { systemdNotifier } from '../service/systemd.ts';
import type { Foundation } from './foundation.ts';
import { type Supervised, supervise } from './supervise.ts';

interface Daemon extends Omit<Supervised, 'reload'> {
  /** Goes on with what has been read anew. */
  reload(next: Installation): Promise<void>;
  /** Ends at once what is left: on a second signal. Must not throw. */
  kill?(): void;
}

/** Resolves with the exit code. */
export async function runDaemon({ tools, readInstallation }: Foundation, daemon: Daemon): Promise<number> {
  const { broker, clock, logger, orders } = tools;
  const { service, onReload } = supervise(
    {
      isReady: () => daemon.isReady(),
      done: () => daemon.done(),
      figures: () => daemon.figures(),
      stopWithinMs: () => daemon.stopWithinMs(),
      reload: async () => daemon.reload(readInstallation()),
      service: {
        async start() {
          await Promise.all([daemon.service.start(), orders.start()]);
        },
        /** What still runs may be cancelled until it has ended. */
        async stop() {
          await daemon.service.stop();
          await orders.stop();
        },
      },
    },
    { notifier: systemdNotifier(), broker, clock },
  );
  return runService(service, { logger, onReload, onSecondSignal: () => daemon.kill?.() });
}
