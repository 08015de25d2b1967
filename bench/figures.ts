// What a measurement gives: samples, each from one repetition, and what can be said of them. Pure.

export type Unit = '/s' | 'ms' | 'µs' | 'MB' | '%' | '/min';

export interface Figure {
  /** What was measured: `rate`, `p50`, … */
  readonly what: string;
  /** Who: `dispatcher`, `Celery`, … */
  readonly who: string;
  /** Under which circumstances: `classic, 2 processes` */
  readonly where: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
}

export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((one, other) => one - other);
  return { low: sorted[0] ?? Number.NaN, median: quantile(sorted, 0.5), high: sorted.at(-1) ?? Number.NaN };
}

/** @param sorted the smallest first */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function medianOf(figures: readonly Figure[], what: string, who: string, where: string): number {
  const found = figures.find((figure) => figure.what === what && figure.who === who && figure.where === where);
  return found === undefined ? Number.NaN : spreadOf(found.samples).median;
}

/** Three digits that mean something. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(Math.abs(value) >= 1 ? 3 : 2);
}
