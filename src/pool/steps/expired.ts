// A step before a handler: is it too late for it? Pure.
import { HEADER, wholeNumber } from '../../workitem/headers.ts';
import type { Step } from '../arrival.ts';

/** Its sender wants no result after `tq-expires`. */
export const expired: Step = ({ message: { headers }, now }) => {
  const expires = wholeNumber(headers[HEADER.expires]);
  return expires !== undefined && expires <= now ? { kind: 'expire' } : undefined;
};
