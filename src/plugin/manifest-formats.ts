// The workitem formats that a package.json brings. Pure.
import { builtInFormats } from '../workitem/registry.ts';
import { entriesOf, moduleIn, shown, type Table } from './manifest-entries.ts';
import type { FormatEntry } from './plugin.ts';

const CONTENT_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/i;

export function formatsIn(section: Table, directory: string, mistakes: string[]): readonly FormatEntry[] {
  return entriesOf(section, 'workitems', mistakes).flatMap(([key, value]) => {
    const where = `workitem format ${shown(key)}`;
    const format = key.toLowerCase();
    const module = moduleIn(value, where, directory, mistakes);
    if (!CONTENT_TYPE.test(key))
      mistakes.push(`${where}: a content type such as application/x-your-workitem is wanted`);
    else if (builtInFormats.has(format))
      mistakes.push(`${where}: this format is built in, and no plugin may replace it`);
    else if (module !== undefined) return [{ format, module }];
    return [];
  });
}
