// Sizes as people write them: `64K`, `128M`, `1G`; powers of 1024, as everywhere in systemd.

const UNITS = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** The size in bytes, or `undefined` where the text is none. There are no fractions of a byte: `1.5K`, but not `1.5`. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text);
  if (!match || (match[2] === '' && match[1]?.includes('.'))) return undefined;
  const bytes = Math.round(Number(match[1]) * UNITS[(match[2] as string).toUpperCase() as keyof typeof UNITS]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact way to write it: 12582912 → `12M`. */
export function formatSize(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K'] as const) {
    if (bytes >= UNITS[unit] && bytes % UNITS[unit] === 0) return `${bytes / UNITS[unit]}${unit}`;
  }
  return String(bytes);
}
