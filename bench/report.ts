// What is left of a run: a JSON file and a plot for each measurement, and the tables in README.md. Those of measurements that
// were not repeated stay as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { barChart } from './chart.ts';
import type { Figure } from './figures.ts';
import { goalRows } from './goals.ts';
import { figuresTable, table } from './table.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const RESULTS = join(HERE, 'results');
const README = join(HERE, 'README.md');
const [BEGIN, END] = ['<!-- results: written by npm run bench -->', '<!-- end of results -->'];

export interface Result {
  readonly name: string;
  /** ISO 8601 */
  readonly at: string;
  readonly machine: string;
  /** Of the last minute, before the whole run began: later on it is our own. */
  readonly load: number;
  readonly isQuick: boolean;
  readonly figures: readonly Figure[];
}

export function writeResult(result: Result): void {
  writeFileSync(join(RESULTS, `${result.name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  for (const [unit, figures] of byUnit(result.figures)) {
    writeFileSync(plotOf(result.name, unit), barChart(`${result.name}, ${unit}: median, lowest and highest`, figures));
  }
}

export function writeReadme(): void {
  const text = readFileSync(README, 'utf8');
  const [before, after] = [text.split(BEGIN)[0] ?? '', text.split(END)[1] ?? ''];
  writeFileSync(README, `${before}${BEGIN}\n${resultsText(allResults())}\n${END}${after}`);
}

export function goalsTable(figures: readonly Figure[]): string {
  return table(['aim', 'measured', 'wanted', ''], goalRows(figures));
}

function resultsText(results: readonly Result[]): string {
  const goals = goalsTable(results.flatMap(({ figures }) => figures));
  return [`\n### Aims\n\n${goals}`, ...results.map(section)].join('\n\n');
}

function section({ name, at, machine, load, isQuick, figures }: Result): string {
  const when = `${at.slice(0, 16).replace('T', ' ')} UTC, ${machine}, load before the whole run ${load.toFixed(2)}${isQuick ? ', quick' : ''}`;
  const plots = [...byUnit(figures).keys()].map((unit) => `![${name}, ${unit}](results/${fileOf(name, unit)})`);
  return [`### ${name}`, when, ...plots, figuresTable(figures)].join('\n\n');
}

function allResults(): Result[] {
  const files = readdirSync(RESULTS).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Result);
}

function byUnit(figures: readonly Figure[]): Map<string, Figure[]> {
  const units = new Map<string, Figure[]>();
  for (const figure of figures) units.set(figure.unit, [...(units.get(figure.unit) ?? []), figure]);
  return units;
}

const NAMES: Readonly<Record<string, string>> = {
  '/s': 'rate',
  ms: 'ms',
  µs: 'us',
  MB: 'mb',
  '%': 'percent',
  '/min': 'per-minute',
};

function fileOf(name: string, unit: string): string {
  return `${name}-${NAMES[unit] ?? 'plot'}.svg`;
}

function plotOf(name: string, unit: string): string {
  return join(RESULTS, fileOf(name, unit));
}
