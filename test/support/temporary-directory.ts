import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { guardDirectory } from './guard.ts';

/** A new directory outside the clone; it is removed when the test file's process ends, however it ends. */
export function temporaryDirectory(name = 'test'): string {
  const path = mkdtempSync(join(tmpdir(), `taskqueue-${name}-`));
  guardDirectory(path);
  return path;
}

/** With the directories on the way to it; its path. */
export function writeIn(directory: string, path: string, text: string): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
