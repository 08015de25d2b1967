// The one list of what stands between a delivery and its handler. Each step is a file of its own.
import type { Arrival, Diversion, Step } from './arrival.ts';
import { cancelled } from './steps/cancelled.ts';
import { due } from './steps/due.ts';
import { expired } from './steps/expired.ts';
import { redelivered } from './steps/redelivered.ts';
import { refused } from './steps/refused.ts';

const STEPS: readonly Step[] = [refused, cancelled, redelivered, expired, due];

/** `undefined`: it may be handled. */
export function diversionOf(arrival: Arrival): Diversion | undefined {
  for (const step of STEPS) {
    const diversion = step(arrival);
    if (diversion) return diversion;
  }
  return undefined;
}
