// Names for files that strangers choose: one name in this directory, no path, nothing hidden, nothing that a command
// would take for an option.

const MAX_LENGTH = 200;

/**
 * @param {unknown} name
 * @returns {name is string}
 */
export function isFileName(name) {
  return typeof name === 'string' && name.length <= MAX_LENGTH && /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(name);
}

/**
 * The last part of the URL's path, with everything that is not safe replaced.
 * @param {URL} url
 */
export function fileNameOf(url) {
  const last = decoded(url.pathname).split('/').at(-1) ?? '';
  const safe = last.replace(/[^A-Za-z0-9._+~-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '');
  return safe.slice(0, MAX_LENGTH) || 'download';
}

/** @param {string} path */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray % in it: legal in a URL, and made safe like any other character
  }
}
