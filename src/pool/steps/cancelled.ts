// A step before a handler: has somebody cancelled it? Pure.
import type { Step } from '../arrival.ts';

/** Before it is counted, expires or waits any longer: whatever it has behind it, and whenever it is due. */
export const cancelled: Step = ({ cancellation }) => cancellation && { kind: 'cancel', cancellation };
