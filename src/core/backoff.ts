/**
 * How long to wait before the `attempt`-th repetition (1 = the first): doubling from `firstMs`, never above `maxMs`,
 * and between half and all of that, so that many who failed together do not come back together.
 */
export function backoffMs(attempt: number, firstMs: number, maxMs: number, random: () => number = Math.random): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 52));
  return Math.round(fullMs * (0.5 + 0.5 * random()));
}
