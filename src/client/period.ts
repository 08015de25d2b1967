// Lengths of time as callers may write them: ms, parts, or text as in the configuration. Pure.
import { parseDurationMs } from '../core/duration.ts';
import { TaskqueueError } from '../core/errors.ts';

const PARTS_MS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, ms: 1 } as const;

/** `90_000`, `{ minutes: 1, seconds: 30 }` or `'90s'`. */
export type Period = number | string | { readonly [part in keyof typeof PARTS_MS]?: number };

/**
 * In ms, rounded up.
 * @param name the option that it is the value of
 * @throws TaskqueueError `USAGE`
 */
export function periodMs(name: string, period: Period): number {
  const ms = typeof period === 'object' && period !== null ? sumOf(name, period) : plainMs(period);
  if (ms !== undefined && Number.isSafeInteger(Math.ceil(ms)) && ms >= 0) return Math.ceil(ms);
  throw new TaskqueueError(
    'USAGE',
    `${name} is no length of time: write ms, { hours: 1, minutes: 30 } or a text such as '90s'`,
  );
}

function plainMs(period: unknown): number | undefined {
  if (typeof period === 'string') return parseDurationMs(period);
  return typeof period === 'number' ? period : undefined;
}

function sumOf(name: string, parts: object): number | undefined {
  const odd = Object.keys(parts).find((part) => !Object.hasOwn(PARTS_MS, part));
  if (odd !== undefined) {
    const known = Object.keys(PARTS_MS).join(', ');
    throw new TaskqueueError('USAGE', `${name} has no part "${odd}": there are ${known}`);
  }
  const sum = Object.entries(parts).map(([part, count]) => Number(count) * PARTS_MS[part as keyof typeof PARTS_MS]);
  return sum.length === 0 ? undefined : sum.reduce((all, ms) => all + ms, 0);
}
