// Reloads, one at a time: what is asked for during one is done once more after it, however often it was asked for.
import type { Logger } from '../core/logger.ts';

export interface Reloader {
  /** Remembered where it comes before `begin`; ignored after `end`. */
  request(): void;
  /** The service has started: from now on there is something to reload. */
  begin(): void;
  /** No further ones. One that runs is not waited for: a stop may come at any time. */
  end(): void;
}

export function createReloader(reload: () => Promise<void>, logger: Logger): Reloader {
  let isOpen = false;
  let hasEnded = false;
  let isReloading = false;
  let isWanted = false;

  async function reloadWhileWanted(): Promise<void> {
    if (isReloading) return;
    isReloading = true;
    while (isWanted && isOpen) {
      isWanted = false;
      await attempt(reload, logger);
    }
    isReloading = false;
  }

  return {
    request() {
      isWanted = true;
      void reloadWhileWanted();
    },
    begin() {
      isOpen = !hasEnded;
      void reloadWhileWanted();
    },
    end() {
      hasEnded = true;
      isOpen = false;
    },
  };
}

async function attempt(reload: () => Promise<void>, logger: Logger): Promise<void> {
  try {
    await reload();
    logger.info({}, 'reloaded');
  } catch (err) {
    logger.error({ err }, 'not reloaded: everything stays as it was');
  }
}
