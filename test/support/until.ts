// Waiting for state that sends no signal. Where there is a signal – a line, an event, a message – wait for that.
import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL_MS = 25;

/** Asks again and again until `condition` gives something truthy, and returns that; after the deadline, an error. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  deadlineMs = 10_000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > end) throw new Error(`waited ${deadlineMs / 1000} s in vain: ${what}`);
    await pause(INTERVAL_MS);
  }
}

/** The promise, or an error after the deadline. `describe` is asked only then, and may show what there is so far. */
export async function within<T>(promise: Promise<T>, deadlineMs: number, describe: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs / 1000} s in vain: ${describe()}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
