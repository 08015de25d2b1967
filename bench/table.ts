// Figures as text that is a Markdown table at the same time. Pure.
import { type Figure, shown, spreadOf } from './figures.ts';

export function figuresTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, who, where, unit, samples }) => {
    const { low, median, high } = spreadOf(samples);
    return [where, who, what, `${shown(median)} ${unit}`, `${shown(low)} – ${shown(high)}`];
  });
  return table(['where', 'who', 'what', 'median', 'from – to'], rows);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
