// Bar charts as SVG: a bar up to the median of each figure, and a whisker from the lowest sample to the highest. Pure.
import { type Figure, shown, spreadOf } from './figures.ts';

const WIDTH = 860;
const LABELS = 330;
const NUMBERS = 90;
const BAR = 15;
const ROW = 20;
const GROUP_GAP = 26;
const TOP = 34;
const COLOURS = ['#2b6cb0', '#c05621', '#2f855a', '#805ad5', '#b7791f', '#718096'];

/** The figures must have one unit. They are grouped by where they were measured; each contestant has a colour. */
export function barChart(title: string, figures: readonly Figure[]): string {
  const most = Math.max(...figures.flatMap(({ samples }) => samples));
  const width = (value: number): number => (value / most) * (WIDTH - LABELS - NUMBERS);
  const names = [...new Set(figures.map(nameOf))];
  const parts: string[] = [text(12, 20, title, 'font-weight="bold" font-size="14"')];
  let y = TOP;
  for (const [where, group] of grouped(figures)) {
    if (where !== '') parts.push(text(12, y + 16, where, 'font-weight="bold"'));
    if (where !== '') y += GROUP_GAP - 4;
    for (const figure of group) {
      parts.push(...bar(figure, y, width, COLOURS[names.indexOf(nameOf(figure)) % COLOURS.length] as string));
      y += ROW;
    }
    y += 6;
  }
  const size = `width="${WIDTH}" height="${y + 8}" viewBox="0 0 ${WIDTH} ${y + 8}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">`;
  const paper = '<rect width="100%" height="100%" fill="#ffffff"/>';
  return `${[head, paper, ...parts, '</svg>'].join('\n')}\n`;
}

function bar(figure: Figure, y: number, width: (value: number) => number, colour: string): string[] {
  const { low, median, high } = spreadOf(figure.samples);
  const middle = y + BAR / 2;
  const [from, to] = [LABELS + width(low), LABELS + width(high)].map((x) => x.toFixed(1));
  return [
    text(LABELS - 8, y + 12, nameOf(figure), 'text-anchor="end"'),
    `<rect x="${LABELS}" y="${y}" width="${width(median).toFixed(1)}" height="${BAR}" fill="${colour}"/>`,
    `<path d="M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8" stroke="#1a202c" fill="none"/>`,
    text(Number(to) + 6, y + 12, `${shown(median)} ${figure.unit}`),
  ];
}

function nameOf({ who, what }: Figure): string {
  return what === 'rate' ? who : `${who}: ${what}`;
}

function grouped(figures: readonly Figure[]): Map<string, Figure[]> {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) groups.set(figure.where, [...(groups.get(figure.where) ?? []), figure]);
  return groups;
}

function text(x: number, y: number, content: string, more = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${more}>${escaped}</text>`;
}
