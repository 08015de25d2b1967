// Which release of taskqueue this is. Read once, from the package that this file is a part of.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from './own-package.ts';

/** Version of the installed package. */
export const RELEASE: string = readVersion(join(PACKAGE, 'package.json'));

function readVersion(packageJson: string): string {
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string };
  return version;
}
