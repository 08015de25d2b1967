// Loads a module of a plugin: in child processes only, never in a daemon. ESM and CommonJS alike, and `taskqueue` means
// the running version to both.
import { pathToFileURL } from 'node:url';
import { messageOf, TaskqueueError } from '../core/errors.ts';
import { resolveTaskqueueFor } from './resolve-taskqueue.ts';

/**
 * The default export: `export default …`, `module.exports = …` or `exports.default = …`.
 * @param path absolute path of the module
 * @throws TaskqueueError `PLUGIN` with what the module threw as its cause
 */
export async function loadModule(path: string): Promise<unknown> {
  const found = defaultExport(await loadExports(path));
  if (found !== undefined) return found;
  throw new TaskqueueError(
    'PLUGIN',
    `${path} has no default export: "export default …" or "module.exports = …" is wanted`,
  );
}

/**
 * All exports, `default` among them.
 * @param path absolute path of the module
 * @throws TaskqueueError `PLUGIN` with what the module threw as its cause
 */
export async function loadExports(path: string): Promise<unknown> {
  resolveTaskqueueFor(path);
  try {
    return await import(pathToFileURL(path).href);
  } catch (err) {
    throw new TaskqueueError('PLUGIN', `${path} cannot be loaded: ${messageOf(err)}`, { cause: err });
  }
}

/** CommonJS comes wrapped: its `module.exports` is the default, and compilers of TypeScript put theirs inside that. */
function defaultExport(namespace: unknown): unknown {
  const outer = (namespace as { default?: unknown }).default;
  const isWrapper = typeof outer === 'object' && outer !== null && 'default' in outer;
  if (isWrapper) return outer.default;
  return isEmptyExports(outer) ? undefined : outer;
}

/** What `module.exports` is where a module sets nothing. */
function isEmptyExports(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Reflect.ownKeys(value).length === 0;
}
