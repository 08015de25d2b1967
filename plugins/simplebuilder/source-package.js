// A source package is a .dsc file and the files that it lists, beside it. All of them have to be plain files inside the
// working directory, so that no workitem makes a build read what lies elsewhere.
import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9.:_+~-]*$/;
const MAX_DSC_SIZE = 1024 ** 2;

/**
 * The absolute path of the .dsc file, checked together with the files that belong to it.
 * @param {unknown} dsc as the workitem names it: a path, relative to `workdir` or absolute
 * @param {string} workdir
 */
export async function sourcePackage(dsc, workdir) {
  if (typeof dsc !== 'string' || !dsc.endsWith('.dsc') || dsc.includes('\0')) {
    throw new Error('the workitem names no "dsc": a .dsc file in the working directory is wanted');
  }
  const path = await pathInside(workdir, dsc);
  if ((await lstat(path)).size > MAX_DSC_SIZE) throw new Error(`${dsc} is too large for a .dsc file`);
  for (const name of filesListed(await readFile(path, 'utf8'))) {
    if (!SAFE_NAME.test(name)) throw new Error(`${dsc} lists a file with an unsafe name: ${JSON.stringify(name)}`);
    if (!(await isPlainFile(join(dirname(path), name))))
      throw new Error(`${name}, which ${dsc} lists, is no file beside it`);
  }
  return path;
}

/**
 * @param {string} workdir
 * @param {string} wanted
 */
async function pathInside(workdir, wanted) {
  const path = await realpath(resolve(workdir, wanted)).catch(() => undefined);
  const isInside = path?.startsWith((await realpath(workdir)) + sep);
  // One answer for all three: a sender shall not learn what exists outside.
  if (!path || !isInside || !(await isPlainFile(path))) throw new Error(`no file ${wanted} in the working directory`);
  return path;
}

/**
 * The names in the fields Files and Checksums-*, whose lines read ` checksum size name`.
 * @param {string} text
 */
export function filesListed(text) {
  const names = new Set();
  let isList = false;
  for (const line of text.split(/\r?\n/)) {
    if (!/^\s/.test(line)) isList = /^(Files|Checksums-[A-Za-z0-9]+):/i.test(line);
    else if (isList) names.add(line.trim().split(/\s+/).slice(2).join(' '));
  }
  return /** @type {Set<string>} */ (names);
}

/** @param {string} path */
async function isPlainFile(path) {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}
