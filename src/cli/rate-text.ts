// How commands write rates. Pure.
import type { Rate } from './fleet/rates.ts';

/** Per second; `-` where it is not known. */
export function rateText(rate: Rate): string {
  if (rate === null) return '-';
  return rate >= 100 ? String(Math.round(rate)) : rate.toFixed(1);
}
