// Where the files of the running package are. The build puts code into other files than it was written in, so whoever starts
// or reads one of them asks here, and not where its own file is.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory with our package.json: the nearest one, upwards. Absolute, with no slash at its end. */
export const PACKAGE: string = withManifest(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of a program of ours that runs in a process of its own. @param name as its source is called, below `src` */
export function programOf(name: string): string {
  return join(PACKAGE, 'dist', `${name}.js`);
}

function withManifest(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : withManifest(dirname(directory));
}
