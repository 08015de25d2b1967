// Configuration files of the Python ancestor may hold sections for Python's logging. They are nobody's worker sections.
import { splitList } from './kinds.ts';
import type { Report } from './report.ts';
import { entriesOf, LOGGING_LISTS, type Sections } from './sections.ts';

/** `[loggers]`, `[handlers]` and `[formatters]`, and the sections that their `keys` list, such as `[logger_root]`. */
export function loggingSections(sections: Sections, report: Report): ReadonlySet<string> {
  const listed = LOGGING_LISTS.flatMap((list) =>
    splitList(entriesOf(sections, list).get('keys')?.value ?? '').map((key) => `${list.slice(0, -1)}_${key}`),
  );
  const names = new Set<string>([...LOGGING_LISTS, ...listed]);
  const [first, ...more] = [...sections.values()].filter(({ name }) => names.has(name));
  if (first !== undefined) {
    const others = more.map(({ name }) => `, [${name}]`).join('');
    report.note(
      { at: first.at, section: first.name },
      `Python's logging is not used: [${first.name}]${others} ${more.length > 0 ? 'are' : 'is'} ignored; see log_level and log_format in [taskqueue]`,
    );
  }
  return names;
}
