// How far something is, as a bar. Pure.

/** `[######····]  60 %`; `fraction` is from 0 to 1, `width` that of the bar between its brackets. */
export function progressBar(fraction: number, width: number): string {
  const whole = Math.min(1, Math.max(0, fraction));
  const full = Math.floor(whole * width);
  return `[${'#'.repeat(full)}${'·'.repeat(width - full)}] ${String(Math.floor(whole * 100)).padStart(3)} %`;
}
