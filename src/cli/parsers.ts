// What is written on the command line, read for commander.
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../core/duration.ts';

/** ms, from `30s` or `5m`. */
export function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a number with a unit, such as 30s, 5m, 2h or 1d.');
  if (ms === 0) throw new InvalidArgumentError('It has to be more than nothing.');
  return ms;
}

export function wholeNumber(text: string): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number === 0) throw new InvalidArgumentError('Write a whole number, 1 or more.');
  return number;
}
