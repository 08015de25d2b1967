// Where plugins may lie: `DIR/x`, `DIR/@scope/x`, `DIR/node_modules/x`, `DIR/node_modules/@scope/x`; links count.
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Candidate {
  /** As it was found, for people. */
  readonly path: string;
  /** Real path of the directory. */
  readonly directory: string;
  /** Under `node_modules`: there most packages are no plugins, and a broken one is nobody's business. */
  readonly isDependency: boolean;
}

/** The directories in which a package may lie, in the order of their names. One that does not exist has none. */
export function candidatesIn(directory: string): readonly Candidate[] {
  return [
    ...packagesIn(directory).map((path) => ({ path, isDependency: false })),
    ...packagesIn(join(directory, 'node_modules')).map((path) => ({ path, isDependency: true })),
  ].flatMap(({ path, isDependency }) => {
    const real = realDirectory(path);
    return real === undefined ? [] : [{ path, directory: real, isDependency }];
  });
}

function packagesIn(directory: string): readonly string[] {
  return namesIn(directory).flatMap((name) => {
    const path = join(directory, name);
    return name.startsWith('@') ? namesIn(path).map((inner) => join(path, inner)) : [path];
  });
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('.') && name !== 'node_modules')
      .sort();
  } catch {
    return []; // it does not exist, is no directory, or is not for us to read: nothing is installed there
  }
}

function realDirectory(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined; // a link that leads nowhere
  }
}
