// Entries × option table → values; what cannot be read is reported, and left out.
import type { Option, OptionTable } from './option.ts';
import type { Entry } from './parse.ts';
import type { Report } from './report.ts';

/** The values of those options of `table` that `entries` sets. */
export function readOptions<Values extends object>(
  entries: ReadonlyMap<string, Entry>,
  table: OptionTable<Values>,
  report: Report,
): Partial<Values> {
  const values: Partial<Values> = {};
  for (const field of Object.keys(table) as (keyof Values & string)[]) {
    const option = table[field];
    const entry = entries.get(option.key);
    if (entry === undefined) continue;
    const result = option.kind.parse(entry.value);
    if (result.ok) values[field] = result.value;
    else report.mistake(entry, result.problem);
  }
  return values;
}

/** The defaults of a whole table. */
export function defaultsOf<Values extends object>(table: OptionTable<Values>): Values {
  const options = Object.entries<Option<unknown>>(table as Record<string, Option<unknown>>);
  return Object.fromEntries(options.map(([field, option]) => [field, option.fallback])) as Values;
}
