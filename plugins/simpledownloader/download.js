// One download: into a file with a temporary name, which gets its real one when all of it is there and checked. What
// goes wrong on the way leaves nothing behind.
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openUrl } from './open-url.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Context } from 'taskqueue' */
/** @typedef {{ url: URL, name: string, sha256: string | undefined }} Order */
/** @typedef {{ maxSize: number, idleMs: number, allowedHosts: readonly string[] }} Limits */

/**
 * @param {Order} order
 * @param {string} directory
 * @param {Limits} limits
 * @param {Context} context
 */
export async function download(order, directory, limits, context) {
  const { url, name } = order;
  const temporary = join(directory, `.${name}.${randomUUID()}.part`);
  const file = join(directory, name);
  context.logger.info({ host: url.host, file }, 'download begins');
  try {
    const response = await openUrl(url, limits, context.signal);
    const { size, sha256 } = await save(response, temporary, limits.maxSize, context);
    if (order.sha256 !== undefined && order.sha256 !== sha256) {
      throw new Error(`wrong checksum: ${url.host} sent a file with sha256 ${sha256}, wanted was ${order.sha256}`);
    }
    await rename(temporary, file); // replaces an older file of that name in one step, and never follows a link
    context.logger.info({ host: url.host, file, size }, 'download complete');
    return { file, size, sha256 };
  } catch (err) {
    await rm(temporary, { force: true });
    context.signal.throwIfAborted(); // an abort shows as one error or another: its own reason tells more
    throw isCut(err) ? new Error(`${url.host} cut the connection before the end of the file`, { cause: err }) : err;
  }
}

/**
 * @param {IncomingMessage} response
 * @param {string} path must not exist
 * @param {number} maxSize
 * @param {Context} context
 */
async function save(response, path, maxSize, context) {
  const announced = Number(response.headers['content-length'] ?? NaN);
  demandSize(announced, maxSize);
  const hash = createHash('sha256');
  const report = reporter(announced, context);
  let size = 0;
  async function* checked() {
    for await (const chunk of response) {
      size += chunk.length;
      demandSize(size, maxSize);
      hash.update(chunk);
      report(size);
      yield chunk;
    }
  }
  await pipeline(checked, createWriteStream(path, { flags: 'wx' }), { signal: context.signal });
  return { size, sha256: hash.digest('hex') };
}

/** @param {unknown} err */
function isCut(err) {
  return err instanceof Error && 'code' in err && err.code === 'ECONNRESET';
}

/**
 * @param {number} size
 * @param {number} maxSize
 */
function demandSize(size, maxSize) {
  if (size > maxSize) throw new Error(`the file is larger than max_size = ${maxSize} bytes`);
}

/**
 * Tells of every tenth of the way; where the server did not say how long that is, of every 64 MiB.
 * @param {number} announced bytes, or NaN
 * @param {Context} context
 */
function reporter(announced, context) {
  const step = Math.max(1, announced / 10 || 64 * 1024 ** 2);
  let next = step;
  return (/** @type {number} */ size) => {
    if (size < next) return;
    next = size + step;
    context.progress(size / announced || 0, `${size} bytes`);
    context.logger.info({ size, of: announced || null }, 'downloading');
  };
}
