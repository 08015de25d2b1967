// Which files make up a configuration: `config.ini`, then `conf.d/*.ini` in the order of their names; for any other
// `X.ini`, `X.d/*.ini`.
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf } from '../core/errors.ts';
import { unreadable } from './read-file.ts';
import type { Report } from './report.ts';

/** Where the configuration is where nobody names another file. It need not exist. */
export const DEFAULT_CONFIG_FILE = '/etc/taskqueue/config.ini';

export function dropInDirectory(configFile: string): string {
  const name = basename(configFile);
  return join(dirname(configFile), name === 'config.ini' ? 'conf.d' : `${name.replace(/\.ini$/, '')}.d`);
}

/** The files in the drop-in directory, where there is one. Hidden ones are editors' leftovers. */
export function dropInFiles(directory: string, report: Report): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.ini') && !name.startsWith('.'));
    return names.sort().map((name) => join(directory, name));
  } catch (err) {
    const code = codeOf(err);
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(directory, err);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      report.mistake({ at: { file: directory, line: 0 } }, `the directory cannot be read: ${messageOf(err)}`);
    }
    return [];
  }
}
