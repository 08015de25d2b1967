// Promises that wait for a signal to abort.
import { underSignals } from './under-signals.ts';

/** Resolves as soon as `signal` aborts; at once where it has. For signals that live no longer than who waits. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Resolves when `work` is done, or `signal` aborts: of that one nothing is kept, however long it lives. (`Promise.race` keeps
 * some of each.)
 */
export async function doneOrAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await underSignals([signal], (over) => Promise.race([work, whenAborted(over)]));
}
