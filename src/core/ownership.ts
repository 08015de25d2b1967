// Who may change what root is about to believe? Where the pool manager can switch users, a file that anybody else may
// write – or a directory in which anybody else may put another file in its place – would make that somebody root. So
// every step of the way to it must belong to root and be writable by root alone. Only looks; never changes anything.
import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from './errors.ts';

/** What has to be known of one step of the way. */
export interface PathStep {
  readonly uid: number;
  /** As in `stat`: permission bits, sticky bit included. */
  readonly mode: number;
  /** Where the step is a symbolic link: what it says. */
  readonly linkTo: string | undefined;
}

/**
 * What is wrong with the owners and permissions of `path`, of its ancestors, or of a symbolic link on the way: one
 * sentence with the command that mends it. `undefined` where nothing is. What does not exist counts as wrong.
 */
export function ownershipProblem(path: string, look: (path: string) => PathStep = lookAt): string | undefined {
  try {
    return problemOnTheWay(resolve(path), look);
  } catch (err) {
    return `${path} cannot be examined: ${messageOf(err)}`;
  }
}

function problemOnTheWay(path: string, look: (path: string) => PathStep): string | undefined {
  let here = '/'; // always a real path: `..` in a link means the directory above the real one
  let ahead = namesIn(path);
  let links = 0;
  let problem = stepProblem(here, look(here), ahead.length > 0);
  while (problem === undefined && ahead.length > 0) {
    const [name, ...rest] = ahead as [string, ...string[]];
    if (name === '..') {
      here = dirname(here);
      ahead = rest;
      continue;
    }
    const next = join(here, name);
    const step = look(next);
    if (step.linkTo === undefined) here = next;
    else if (++links > MAX_LINKS) return `${path} leads through more than ${MAX_LINKS} symbolic links`;
    else if (step.linkTo.startsWith('/')) here = '/';
    ahead = step.linkTo === undefined ? rest : [...namesIn(step.linkTo), ...rest];
    problem = stepProblem(next, step, ahead.length > 0);
  }
  return problem;
}

/** As in the kernel. */
const MAX_LINKS = 40;

const namesIn = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

function stepProblem(path: string, step: PathStep, isAncestor: boolean): string | undefined {
  const isLink = step.linkTo !== undefined;
  if (step.uid !== 0) return `${path} must belong to root: chown ${isLink ? '-h ' : ''}root ${quoted(path)}`;
  if (isLink) return undefined; // the permissions of a link mean nothing
  const isSticky = (step.mode & 0o1000) !== 0; // as /tmp: nobody else can replace there what belongs to root
  if ((step.mode & 0o022) === 0 || (isAncestor && isSticky)) return undefined;
  const who = step.mode & 0o002 ? 'go-w' : 'g-w';
  return `${path} must be writable by root alone: chmod ${who} ${quoted(path)}`;
}

/** Fit to be pasted into a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function lookAt(path: string): PathStep {
  const found = lstatSync(path);
  return { uid: found.uid, mode: found.mode, linkTo: found.isSymbolicLink() ? readlinkSync(path) : undefined };
}
