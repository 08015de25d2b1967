// Durations on the command line.
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../core/duration.ts';

/** ms, from `30s` or `5m`; for commander. */
export function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms === 0)
    throw new InvalidArgumentError('Write a number with a unit, such as 30s, 5m, 2h or 1d.');
  return ms;
}
