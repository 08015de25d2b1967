// How many messages the dispatcher holds at once. Many, for speed; few while it meets big bodies (a prefetch counts
// messages, not bytes) or redelivered ones (what brought a dispatcher down shall not take hundreds along each time).
import type { Delivery } from '../broker/broker.ts';

export const USUAL_PREFETCH = 500;
export const CAREFUL_PREFETCH = 10;
const BIG_BODY_BYTES = 256 * 1024;
const CAREFUL_FOR_MS = 30_000;

/** The prefetch to use now, where the last worrying delivery came at `lastWorryAt` (ms since 1970, or `undefined`). */
export function prefetchFor(lastWorryAt: number | undefined, now: number): number {
  if (lastWorryAt === undefined) return USUAL_PREFETCH;
  const apartMs = Math.abs(now - lastWorryAt); // the clock may have been set back
  return apartMs < CAREFUL_FOR_MS ? CAREFUL_PREFETCH : USUAL_PREFETCH;
}

export function isWorrying({ redelivered, message }: Delivery): boolean {
  return redelivered || message.body.length > BIG_BODY_BYTES;
}
