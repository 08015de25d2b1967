// Runs a service for as long as nobody ends it: what a daemon's process does between its start and its exit code.
// Owns the process's signals meanwhile and gives them back afterwards, so that it can also run inside a test.
import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { type Clock, systemClock } from '../core/clock.ts';
import { deferred } from '../core/deferred.ts';
import type { Logger } from '../core/logger.ts';
import { createReloader, type Reloader } from './reload.ts';
import type { Service } from './service.ts';

interface RunOptions {
  readonly logger: Logger;
  /** On SIGHUP; never two at once. Where there is none, SIGHUP ends the service: its terminal is gone. */
  readonly onReload?: () => Promise<void>;
  /** All that is left must end at once: on a second signal, or when the time to stop is over. Must not throw. */
  readonly onSecondSignal?: () => void;
  readonly clock?: Clock;
  /** Whose signals count: this process by default. */
  readonly process?: EventEmitter;
}

/** EX_SOFTWARE of sysexits(3): a mistake of ours. */
const EXIT_SOFTWARE = 70;
/**
 * Nobody knows what still works after an exception that nothing caught: a stop is tried, for no longer than this. For any
 * other there is no bound of ours: systemd has one.
 */
const STOP_AFTER_CRASH_MS = 30_000;

/** Resolves with the exit code. Rejects with the service's own error where it does not start. */
export async function runService(service: Service, options: RunOptions): Promise<number> {
  const life = newLife(options);
  const release = listen(life, options);
  try {
    const started = service.start();
    await Promise.race([started, life.ended]);
    life.reloader.begin();
    await life.ended;
    return await Promise.race([stop(service, started, life, options.logger), life.hurried]);
  } finally {
    release();
  }
}

/** How far the life of a service has come. The code may still change while it stops: the worst that happened counts. */
interface Life {
  code: number;
  isEnding: boolean;
  readonly ended: Promise<void>;
  readonly hurried: Promise<number>;
  readonly reloader: Reloader;
  /** Begins the stop. */
  end(code: number): void;
  /** Waits for nothing any more. */
  hurry(code: number): void;
  release(): void;
}

function newLife({ logger, onReload, onSecondSignal, clock = systemClock }: RunOptions): Life {
  const ended = deferred<void>();
  const hurried = deferred<number>();
  let cancelDeadline = (): void => undefined;
  const life: Life = {
    code: 0,
    isEnding: false,
    ended: ended.promise,
    hurried: hurried.promise,
    reloader: createReloader(async () => onReload?.(), logger),
    end(code) {
      life.code = Math.max(life.code, code);
      if (life.isEnding) return;
      life.isEnding = true;
      life.reloader.end();
      ended.resolve();
      if (code === 0) return;
      cancelDeadline = clock.after(STOP_AFTER_CRASH_MS, () => {
        logger.error({}, `not stopped within ${STOP_AFTER_CRASH_MS} ms: ending at once`);
        life.hurry(EXIT_SOFTWARE);
      });
    },
    hurry(code) {
      onSecondSignal?.();
      hurried.resolve(Math.max(life.code, code));
    },
    release: () => cancelDeadline(),
  };
  return life;
}

/** What was asked for while it started may make the start fail: that is no news then. */
async function stop(service: Service, started: Promise<void>, life: Life, logger: Logger): Promise<number> {
  started.catch((err: unknown) => logger.debug({ err }, 'the start was called off'));
  try {
    await service.stop();
  } catch (err) {
    logger.error({ err }, 'not stopped cleanly');
    life.code = EXIT_SOFTWARE;
  }
  return life.code;
}

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** Returns what takes all listeners away again. SIGPIPE is not among them: Node ignores it from the start. */
function listen(life: Life, { logger, onReload, process: source = process }: RunOptions): () => void {
  const onEnd = (signal: Signal): void => {
    if (life.isEnding) {
      logger.warn({}, `${signal} again: ending at once`);
      life.hurry(128 + constants.signals[signal]);
    } else {
      logger.info({}, `${signal}: stopping`);
      life.end(0);
    }
  };
  const listeners: Readonly<Record<string, (...args: never[]) => void>> = {
    SIGTERM: onEnd,
    SIGINT: onEnd,
    SIGHUP: (signal: Signal) => (onReload ? life.reloader.request() : onEnd(signal)),
    // Without a listener, Node would open its inspector: a port on which any local user can run code as ours.
    SIGUSR1: () => logger.debug({}, 'SIGUSR1 means nothing here'),
    uncaughtException: (err: unknown) => {
      logger.error({ err }, 'an exception that nothing caught: stopping');
      life.end(EXIT_SOFTWARE);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) source.on(name, listener as () => void);
  return () => {
    life.release();
    for (const [name, listener] of Object.entries(listeners)) source.off(name, listener as () => void);
  };
}
