// Fetches what a workitem names into the working directory. The sender is a stranger: what it asks for is checked here,
// where it may lead is checked in open-url.js, how much it may bring in download.js.
import { BaseWorker, parseDurationMs, parseSize, RUOTE_WORKITEM } from 'taskqueue';
import { download } from './download.js';
import { fileNameOf, isFileName } from './file-name.js';

/** @import { Context, RuoteWorkitem, WorkerInit } from 'taskqueue' */
/** @typedef {{ url?: unknown, filename?: unknown, sha256?: unknown }} Wish */
/** @typedef {Wish & { fields?: Wish & { params?: Wish } }} Body */

export default class SimpleDownloader extends BaseWorker {
  /** @override */
  static accept = [RUOTE_WORKITEM];

  /** Settings are read once. A mistake in them throws, and the pool manager reports it when it starts this process.
   * @param {WorkerInit} init */
  constructor(init) {
    super(init);
    this.limits = limitsFrom(init.settings);
  }

  /**
   * @param {RuoteWorkitem} workitem
   * @param {Context} context
   */
  async handleTask(workitem, context) {
    const body = /** @type {Body} */ (workitem.body);
    const order = orderFrom({ ...body, ...body?.fields, ...body?.fields?.params });
    const result = await download(order, process.cwd(), this.limits, context);
    Object.assign(workitem.fields ?? body, result);
    return workitem;
  }
}

/**
 * What the workitem asks for, checked. What it throws is the failed result, which tells the sender.
 * @param {Wish} wish
 */
export function orderFrom({ url, filename, sha256 }) {
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new Error(
      'the workitem names no "url": an http(s) URL is wanted at the top level, in fields or fields.params',
    );
  }
  if (filename !== undefined && !isFileName(filename)) {
    throw new Error('"filename" is not safe: letters, digits and . _ + ~ - are, beginning with a letter or digit');
  }
  if (sha256 !== undefined && !(typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256))) {
    throw new Error('"sha256" is no SHA-256 checksum: 64 hexadecimal digits are wanted');
  }
  const parsed = new URL(url);
  return { url: parsed, name: filename ?? fileNameOf(parsed), sha256: sha256?.toLowerCase() };
}

/**
 * The limits that the configuration sets.
 * @param {Readonly<Record<string, string>>} settings
 */
export function limitsFrom({ max_size = '1G', idle_timeout = '60s', allowed_hosts = '*' }) {
  const maxSize = parseSize(max_size);
  if (maxSize === undefined) throw new Error(`max_size = ${max_size} is no size: 500M and 1G are some`);
  const idleMs = parseDurationMs(idle_timeout);
  if (!idleMs || idleMs > 86_400_000)
    throw new Error(`idle_timeout = ${idle_timeout} is none: write 30s or 5m, up to 1d`);
  return {
    maxSize,
    idleMs,
    allowedHosts: allowed_hosts
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  };
}
