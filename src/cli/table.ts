// A table of text: columns aligned with spaces, fitted to the width of the terminal where there is one. Pure.
import { printable } from '../core/text.ts';
import { cutToWidth, padded, widthOf } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May become as narrow as this where there is not enough room; else it keeps its width. */
  readonly least?: number;
  /** Any text: what a terminal would act on is escaped here. */
  cell(row: Row): string;
}

const GAP = '  ';

/** @param width columns of the terminal; `null`: nothing is cut */
export function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number | null): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const lines = [columns.map(({ title }) => title), ...cells];
  const natural = columns.map((_, index) => widest(lines.map((line) => line[index] as string)));
  const widths = width === null ? natural : fitted(natural, columns, width);
  return lines.map((line) => lineText(line, widths, columns)).join('');
}

function widest(cells: readonly string[]): number {
  return cells.reduce((most, cell) => Math.max(most, widthOf(cell)), 0);
}

/** The widest of those that may shrink gives way first. */
function fitted<Row>(natural: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = [...natural];
  const gaps = GAP.length * (columns.length - 1);
  let over = widths.reduce((sum, one) => sum + one, gaps) - width;
  for (; over > 0; over--) {
    const room = widths.map((one, index) => (one > (columns[index]?.least ?? one) ? one : 0));
    const index = room.indexOf(Math.max(...room));
    if (room[index] === 0) break;
    widths[index] = (widths[index] as number) - 1;
  }
  return widths;
}

function lineText<Row>(line: readonly string[], widths: readonly number[], columns: readonly Column<Row>[]): string {
  const cells = line.map((cell, index) => {
    const width = widths[index] as number;
    return padded(cutToWidth(cell, width), width, columns[index]?.align ?? 'left');
  });
  return `${cells.join(GAP).trimEnd()}\n`;
}
