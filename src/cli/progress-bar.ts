// How far something is, as a bar or a number. Pure.

/** `[######····]  60 %`; `fraction` is from 0 to 1, `width` that of the bar between its brackets. */
export function progressBar(fraction: number, width: number): string {
  const full = Math.floor(bounded(fraction) * width);
  return `[${'#'.repeat(full)}${'·'.repeat(width - full)}] ${percentText(fraction).padStart(5)}`;
}

/** `60 %`; rounded down, so that only what is done says so. */
export function percentText(fraction: number): string {
  return `${Math.floor(bounded(fraction) * 100)} %`;
}

/** Whatever a handler has told. */
function bounded(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
