import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardDirectory } from './guard.ts';

/** A new directory outside the clone; it is removed when the test file's process ends, however it ends. */
export function temporaryDirectory(name = 'test'): string {
  const path = mkdtempSync(join(tmpdir(), `taskqueue-${name}-`));
  guardDirectory(path);
  return path;
}
