// Durations as people write them: `250ms`, `30s`, `5m`, `2h`, `1d`.

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The duration in ms, or `undefined` where the text is none. A plain `0` needs no unit; no other number goes without. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  const exactMs = Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
  const ms = Math.round(exactMs);
  const isLost = ms === 0 && exactMs !== 0; // 0 means "none" or "at once": not what somebody wants who writes 0.1ms
  return Number.isSafeInteger(ms) && !isLost ? ms : undefined;
}

/** The shortest exact way to write it: 90000 → `90s`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= UNITS_MS[unit] && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return ms === 0 ? '0' : `${ms}ms`;
}
