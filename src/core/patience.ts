// How long somebody waits for what may never come, and how a wait ends early.
import type { Clock } from './clock.ts';

/**
 * Whether somebody still waits for something, and whom to tell when not. An AbortSignal with one listener – but there is one
 * for each workitem on its way, and an AbortSignal costs as much as all the rest of a publish.
 */
export class Patience {
  #isOver = false;
  #onEnd: (() => void) | null = null;

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    this.#onEnd?.();
    this.#onEnd = null;
  }

  /** What to do when it ends; takes the place of what was to be done before. */
  onEnd(task: () => void): void {
    this.#onEnd = task;
  }
}

/** One that ends when the signal aborts. */
export function patienceUntil(signal: AbortSignal): Patience {
  const patience = new Patience();
  if (signal.aborted) patience.end();
  else signal.addEventListener('abort', () => patience.end(), { once: true });
  return patience;
}

/** Resolves after `delayMs`, or as soon as `patience` ends. */
export function pauseUnder(patience: Patience | undefined, clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (patience?.isOver) return resolve();
    const cancel = clock.after(delayMs, resolve);
    patience?.onEnd(() => {
      cancel();
      resolve();
    });
  });
}
