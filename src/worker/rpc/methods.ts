// The methods of an RPC worker: what its module exports and can be called. A caller from outside names them, so only what
// the module itself exports can be found: nothing inherited, no class.
import { TaskqueueError } from '../../core/errors.ts';
import type { RpcContext } from '../base-worker.ts';

type Method = (this: RpcContext, ...args: readonly unknown[]) => unknown;
export type Methods = ReadonlyMap<string, Method>;

/**
 * @param namespace all exports of the module
 * @throws TaskqueueError `PLUGIN` where there is nothing to call
 */
export function methodsOf(namespace: unknown, type: string): Methods {
  const methods = new Map<string, Method>();
  const [main, ...tables] = mainFirst(namespace);
  for (const table of [main, ...tables]) for (const [name, method] of functionsIn(table)) methods.set(name, method);
  if (isCallable(main)) methods.set(lastPart(type), main);
  if (methods.size > 0) return methods;
  throw new TaskqueueError(
    'PLUGIN',
    `the module of the worker type ${type} exports no function: its methods are wanted`,
  );
}

/** The default export, and what else may hold functions. CommonJS comes wrapped once, what compilers make of ESM twice. */
function mainFirst(namespace: unknown): readonly unknown[] {
  const outer = memberOf(namespace, 'default');
  const isWrapped = typeof outer === 'object' && outer !== null && Object.hasOwn(outer, 'default');
  return isWrapped ? [memberOf(outer, 'default'), outer, namespace] : [outer, namespace];
}

function memberOf(table: unknown, name: string): unknown {
  return isTable(table) && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Own and enumerable. */
function functionsIn(table: unknown): readonly (readonly [string, Method])[] {
  if (!isTable(table)) return [];
  return Object.entries(table).flatMap(([name, value]) =>
    isCallable(value) && !isReserved(name) ? [[name, value] as const] : [],
  );
}

function isTable(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null;
}

/** Names with a meaning to JavaScript or to module loaders; and those with a dot, which no caller can name. */
function isReserved(name: string): boolean {
  return name in Object.prototype || RESERVED.has(name) || name.includes('.') || name === '';
}

const RESERVED: ReadonlySet<string> = new Set(['default', 'then', 'prototype', '__esModule']);

function isCallable(value: unknown): value is Method {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** A method name has no dot, a worker type may have: `org.math` has the default method `math`. */
function lastPart(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
