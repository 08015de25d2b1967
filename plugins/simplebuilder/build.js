// One build: unpack, then build, in a new directory below the working directory. The packages and the log stay there;
// the unpacked source is removed, and all of it where the build was broken off.
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.js';

/** @import { FileHandle } from 'node:fs/promises' */
/** @import { Context } from 'taskqueue' */

const MAX_LOG_IN_RESULT = 64 * 1024;
const RESULT = /\.(deb|udeb|ddeb|changes|buildinfo)$/;

/**
 * @param {string} dsc absolute path
 * @param {string} workdir
 * @param {string} buildOptions for DEB_BUILD_OPTIONS
 * @param {Context} context
 */
export async function build(dsc, workdir, buildOptions, context) {
  const directory = await mkdtemp(join(workdir, 'build-'));
  const logFile = join(directory, 'build.log');
  context.logger.info({ dsc, directory }, 'build begins');
  const log = await open(logFile, 'ax+');
  try {
    const env = environment(directory, buildOptions);
    const status = await unpackAndBuild(dsc, directory, { env, log, signal: context.signal }, context);
    context.logger.info({ dsc, status, log: logFile }, status === 0 ? 'build complete' : 'build failed');
    const files = await packagesIn(directory);
    return { exit_status: status, files, log_file: logFile, log: await endOf(log) };
  } catch (err) {
    await remove(directory, context);
    throw err;
  } finally {
    await log.close();
    await remove(join(directory, 'source'), context);
  }
}

/**
 * The exit status of the first step that failed, or 0.
 * @param {string} dsc
 * @param {string} directory
 * @param {{ env: NodeJS.ProcessEnv, log: FileHandle, signal: AbortSignal }} options
 * @param {Context} context
 */
async function unpackAndBuild(dsc, directory, options, context) {
  const source = join(directory, 'source');
  context.progress(0, 'unpacking');
  const unpacked = await run('dpkg-source', ['--no-copy', '-x', dsc, source], { ...options, cwd: directory });
  if (unpacked !== 0) return unpacked;
  context.progress(0.1, 'building');
  return run('dpkg-buildpackage', ['-us', '-uc', '-b'], { ...options, cwd: source });
}

/**
 * All that a build gets to see: nothing of this process's own, which may hold what is nobody's business.
 * @param {string} directory
 * @param {string} buildOptions
 */
function environment(directory, buildOptions) {
  return { PATH: process.env.PATH, HOME: directory, LANG: 'C.UTF-8', DEB_BUILD_OPTIONS: buildOptions };
}

/** @param {string} directory */
async function packagesIn(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && RESULT.test(entry.name)).map(({ name }) => name);
  return names.sort().map((name) => join(directory, name));
}

/**
 * The last lines of the log.
 * @param {FileHandle} log
 */
async function endOf(log) {
  const { size } = await log.stat();
  const length = Math.min(size, MAX_LOG_IN_RESULT);
  const { buffer, bytesRead } = await log.read(Buffer.alloc(length), 0, length, size - length);
  const text = buffer.toString('utf8', 0, bytesRead);
  return size > length ? text.slice(text.indexOf('\n') + 1) : text;
}

/**
 * Tries a few times: what has just been killed may be writing its last file.
 * @param {string} path
 * @param {Context} context
 */
async function remove(path, context) {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  } catch (err) {
    context.logger.warn({ path, err }, 'cannot be removed: somebody has to look');
  }
}
