// A step before a handler: does it bring down, again and again, whatever has it? Pure.
import { redeliveredTooOften } from '../../handling/checks.ts';
import type { Step } from '../arrival.ts';

/** Whatever had it has died that often; somebody should look at it. */
const MOST_REDELIVERIES = 50;

/** Counts how often the broker had to deliver it again. */
export const redelivered: Step = ({ redelivered: isRedelivered, counts }) => {
  if (!isRedelivered) return undefined;
  const redeliveries = counts.redeliveries + 1;
  if (redeliveries < MOST_REDELIVERIES) return { kind: 'recount', redeliveries };
  return { kind: 'park', refusal: redeliveredTooOften(redeliveries) };
};
