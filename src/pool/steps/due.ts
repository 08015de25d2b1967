// A step before a handler: is it time for it? Pure.
import { HEADER, wholeNumber } from '../../workitem/headers.ts';
import type { Step } from '../arrival.ts';

/** Its sender wants it handled at `tq-due`, not before. */
export const due: Step = ({ message: { headers }, now }) => {
  const untilMs = wholeNumber(headers[HEADER.due]);
  return untilMs !== undefined && untilMs > now ? { kind: 'postpone', untilMs } : undefined;
};
