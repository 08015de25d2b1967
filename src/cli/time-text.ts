// How commands write times: short, so that many fit below each other. Pure.

const STEPS = [
  { unit: 'd', ms: 86_400_000, until: Number.POSITIVE_INFINITY },
  { unit: 'h', ms: 3_600_000, until: 48 },
  { unit: 'm', ms: 60_000, until: 100 },
  { unit: 's', ms: 1_000, until: 100 },
] as const;

/** `45s`, `12m`, `30h`, `9d`: rounded down, the coarsest that still says something. */
export function shortDuration(ms: number): string {
  const whole = Math.max(0, ms);
  const step = STEPS.findLast(({ ms: each, until }) => whole / each < until) ?? STEPS[0];
  return `${Math.floor(whole / step.ms)}${step.unit}`;
}

/** How long ago; `-` where nobody knows. */
export function ageText(at: number | null, now: number): string {
  return at === null ? '-' : shortDuration(now - at);
}

/** `2026-11-21T10:00:00.000Z`, as in `--json`; '' where nobody knows. */
export function isoText(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString();
}
