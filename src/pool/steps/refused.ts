// A step before a handler: may any worker get it? Pure.
import { refusalOf } from '../../handling/checks.ts';
import type { Step } from '../arrival.ts';

/** What no worker may get. The dispatcher has looked already, but anybody may publish to a worker queue. */
export const refused: Step = ({ message, maxMessageSize, now }) => {
  const refusal = refusalOf(message, { maxMessageSize, now });
  return refusal && { kind: 'park', refusal };
};
