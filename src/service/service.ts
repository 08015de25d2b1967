// Everything long-lived starts and stops the same way.
import { messageOf, TaskqueueError } from '../core/errors.ts';

export interface Service {
  /** Resolves when ready; rejects where that can't be, and has then cleaned up after itself. */
  start(): Promise<void>;
  /** Resolves when really stopped. May be called at any time, also before or during `start`, and as often as one likes. */
  stop(): Promise<void>;
}

/**
 * Several services as one: started in order, stopped in reverse. Where one does not start, those before it are stopped
 * again and `start` rejects with its error. A stop goes on when one of them fails to stop, and then rejects.
 */
export function serviceGroup(services: readonly Service[]): Service {
  const begun: Service[] = [];
  let stopping: Promise<void> | undefined;

  async function start(): Promise<void> {
    for (const service of services) {
      if (stopping) break;
      begun.push(service);
      try {
        await service.start();
      } catch (err) {
        await rollBack(begun, err);
        throw err;
      }
      if (stopping) await service.stop(); // it may have become ready after it was told to stop
    }
    if (stopping) throw new TaskqueueError('STOPPED', 'stopped while it was starting');
  }

  function stop(): Promise<void> {
    stopping ??= stopInReverse(begun);
    return stopping;
  }

  return { start, stop };
}

/** @throws where it fails, an error that says both and keeps the code of the first, which decides the exit code */
async function rollBack(begun: Service[], startError: unknown): Promise<void> {
  try {
    await stopInReverse(begun);
  } catch (err) {
    const both = `${messageOf(startError)}; and while stopping again: ${messageOf(err)}`;
    if (startError instanceof TaskqueueError) throw new TaskqueueError(startError.code, both, { cause: startError });
    throw new AggregateError([startError, err], both);
  }
}

/** Takes services off `begun` as it goes. */
async function stopInReverse(begun: Service[]): Promise<void> {
  const failures: unknown[] = [];
  for (let service = begun.pop(); service !== undefined; service = begun.pop()) {
    try {
      await service.stop();
    } catch (err) {
      failures.push(err);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join('; and '));
}
