// Which release of taskqueue this is. Read once, from the package that this file is a part of.
import { readFileSync } from 'node:fs';

/** Version of the installed package. */
export const RELEASE: string = readVersion(new URL('../../package.json', import.meta.url));

function readVersion(packageJson: URL): string {
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string };
  return version;
}
