// Opens a URL and follows its redirects. Every step of the way has to be http(s), and on a host that is allowed: a
// redirect is just another address that a stranger has chosen.
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

/** @import { IncomingMessage } from 'node:http' */
/** @typedef {{ allowedHosts: readonly string[], idleMs: number }} Limits */

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The response of the last server, with status 200; its body is still to be read.
 * @param {URL} url
 * @param {Limits} limits
 * @param {AbortSignal} signal
 */
export async function openUrl(url, limits, signal) {
  let current = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    demandAllowed(current, limits.allowedHosts);
    const response = await request(current, limits.idleMs, signal);
    if (response.statusCode === 200) return response;
    response.destroy();
    if (!REDIRECTS.has(response.statusCode ?? 0)) throw new Error(`${current.host} answered ${statusOf(response)}`);
    current = redirectTarget(current, response.headers.location);
  }
  throw new Error(`${url.host} redirects more than ${MAX_REDIRECTS} times`);
}

/**
 * @param {URL} url
 * @param {readonly string[]} allowedHosts names, or `*.example.org` for all below one, or `*` for all
 */
export function demandAllowed({ protocol, hostname }, allowedHosts) {
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new Error(`${protocol} is not allowed: only http: and https:`);
  const isAllowed = allowedHosts.some((allowed) =>
    allowed.startsWith('*') ? hostname.endsWith(allowed.slice(1)) : hostname === allowed,
  );
  if (!isAllowed) throw new Error(`${hostname} is not among the allowed_hosts of this worker`);
}

/**
 * @param {URL} from
 * @param {string | undefined} location as the server wrote it
 */
export function redirectTarget(from, location) {
  if (location === undefined || !URL.canParse(location, from.href))
    throw new Error(`${from.host} redirects to nowhere`);
  const target = new URL(location, from.href);
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new Error(`${from.host} redirects from https to http, where anybody on the way could change what comes`);
  }
  return target;
}

/**
 * One request, on a connection of its own. (`fetch` would unpack what a server sends with a content-encoding: the file
 * would not be the one whose checksum is known.)
 * @param {URL} url
 * @param {number} idleMs
 * @param {AbortSignal} signal
 * @returns {Promise<IncomingMessage>}
 */
async function request(url, idleMs, signal) {
  const { get } = url.protocol === 'https:' ? https : http;
  const headers = { 'user-agent': 'taskqueue-simpledownloader', 'accept-encoding': 'identity' };
  const sent = get(url, { agent: false, timeout: idleMs, headers, signal });
  /** @type {IncomingMessage | undefined} */
  let response;
  sent.on('timeout', () => (response ?? sent).destroy(new Error(`${url.host} sent nothing for ${idleMs} ms`)));
  sent.on('error', (err) => response?.destroy(err));
  [response] = await once(sent, 'response');
  return /** @type {IncomingMessage} */ (response);
}

/** @param {IncomingMessage} response */
function statusOf({ statusCode, statusMessage }) {
  return `${statusCode} ${statusMessage}`.trim();
}
