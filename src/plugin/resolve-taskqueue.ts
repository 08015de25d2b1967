// Makes `import 'taskqueue'` and `require('taskqueue')` mean the running package, wherever a plugin lies and whatever
// copy it has brought along: two copies would be two classes BaseWorker. In child processes only. Where plain resolution
// leads here anyway, nothing is touched; else there is a hook, once for the process (newer Node needs no thread for it).
import { existsSync, realpathSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { programOf } from '../core/own-package.ts';
import { isOurs, resolve } from './resolve-hook.ts';

/** @param path absolute path of the plugin's module, which is about to be loaded */
export function resolveTaskqueueFor(path: string): void {
  muteRequireWarning();
  if (!isHooked && !leadsHere(path)) {
    isHooked = true;
    hook();
  }
}

/** Hooks belong to the process, and cannot be taken back. */
let isHooked = false;

/** The running package refers to itself by its own name: Node looks there before any node_modules. */
const own = createRequire(import.meta.url);

/** For `import` too, which does not look into the global folders that `require` knows: NODE_PATH, Debian's /usr/share/nodejs. */
function leadsHere(path: string): boolean {
  const plugin = createRequire(path);
  const near = plugin.resolve.paths('taskqueue')?.filter((folder) => isAround(folder, path)) ?? [];
  if (!near.some((folder) => existsSync(join(folder, 'taskqueue')))) return false;
  try {
    return realpathSync(plugin.resolve('taskqueue')) === realpathSync(own.resolve('taskqueue'));
  } catch {
    return false; // no taskqueue in sight of the plugin, the usual case; or one that cannot be loaded
  }
}

/** Whether this is the `node_modules` of a directory that the file lies in. */
function isAround(folder: string, path: string): boolean {
  return basename(folder) === 'node_modules' && path.startsWith(join(dirname(folder), sep));
}

function hook(): void {
  hookRequire();
  if (!registerHooks) module.register(pathToFileURL(programOf('plugin/resolve-hook')));
  else registerHooks({ resolve });
}

/** Node ≥ 22.15 */
const { registerHooks } = module as unknown as { registerHooks?: (hooks: { resolve: typeof resolve }) => void };

/** The loader of CommonJS has no other place to put this, in any version; tools such as ts-node rely on it too. */
function hookRequire(): void {
  const loader = module as unknown as CommonJsLoader;
  const plain = loader._resolveFilename;
  const here = parentHere();
  loader._resolveFilename = function (request, parent, ...rest) {
    return plain.call(this, request, isOurs(request) ? here : parent, ...rest);
  };
}

interface CommonJsLoader {
  _resolveFilename(request: string, parent: unknown, ...rest: unknown[]): string;
}

/** A module of CommonJS that lies where this file does. */
function parentHere(): module.Module {
  const path = fileURLToPath(import.meta.url);
  const here = new module.Module(path);
  here.filename = path;
  return here;
}

/** A CommonJS plugin requires our ESM: Node 20 calls that experimental, which is no news to whoever reads the log. */
function muteRequireWarning(): void {
  if (isMuted) return;
  isMuted = true;
  const warn = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (args[1] === 'ExperimentalWarning' && /ES Module.*require\(\)/s.test(String(args[0]))) return;
    warn(...args);
  };
}

let isMuted = false;
