// A plugin's own files, `node_modules` inside included: whom they belong to, and a fingerprint of their names, sizes and
// dates by which a reload sees that something has changed. Contents are not read.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { ownershipProblem } from '../core/ownership.ts';

type Tree =
  | { readonly kind: 'walked'; readonly fingerprint: string }
  | { readonly kind: 'problem'; readonly message: string };

/** A bound for the time that a reload may take. */
const MAX_ENTRIES = 20_000;

/** @param directory real path; its ancestors have been looked at already */
export function walkTree(directory: string, mustBelongToRoot: boolean, maxEntries = MAX_ENTRIES): Tree {
  const hash = createHash('sha256');
  const left = [directory];
  try {
    for (let count = 0; ; count++) {
      const path = left.pop();
      if (path === undefined) return { kind: 'walked', fingerprint: hash.digest('hex') };
      if (count >= maxEntries) return { kind: 'problem', message: `${directory} holds more than ${maxEntries} files` };
      const found = lstatSync(path);
      const problem = mustBelongToRoot ? problemOf(path, found, directory) : undefined;
      if (problem !== undefined) return { kind: 'problem', message: problem };
      hash.update(`${relative(directory, path)}\0${traitsOf(path, found)}\n`);
      if (found.isDirectory()) left.push(...childrenOf(path));
    }
  } catch (err) {
    return { kind: 'problem', message: `its files cannot be examined: ${messageOf(err)}` };
  }
}

function childrenOf(directory: string): readonly string[] {
  return readdirSync(directory)
    .sort()
    .map((name) => join(directory, name));
}

/** Cheap for what lies inside, whose ancestors are walked too; the whole way for what a link leads to outside. */
function problemOf(path: string, found: Stats, directory: string): string | undefined {
  const isLink = found.isSymbolicLink();
  if (found.uid === 0 && (isLink || (found.mode & 0o022) === 0)) {
    return isLink && leadsOut(path, directory) ? ownershipProblem(path) : undefined;
  }
  return ownershipProblem(path) ?? `${path} must belong to root and be writable by root alone`;
}

function leadsOut(link: string, directory: string): boolean {
  const target = realTarget(link);
  return target !== undefined && target !== directory && !target.startsWith(directory + sep);
}

/** `undefined` where it leads nowhere: nobody can load anything from there. */
function realTarget(link: string): string | undefined {
  return statSync(link, { throwIfNoEntry: false }) === undefined ? undefined : realpathSync(link);
}

/** The date of a directory changes with what lies in it, and that is seen to one by one. */
function traitsOf(path: string, found: Stats): string {
  if (found.isDirectory()) return 'directory';
  if (!found.isSymbolicLink()) return `${found.size} ${found.mtimeMs}`;
  const target = realTarget(path);
  if (target === undefined) return 'leads nowhere';
  const { size, mtimeMs } = statSync(target);
  return `${target} ${size} ${mtimeMs}`;
}
