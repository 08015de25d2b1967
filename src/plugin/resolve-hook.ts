// The hook of resolve-taskqueue.ts: whoever imports `taskqueue` does so as if from this file, and the running package
// refers to itself by its own name. Node before 22.15 loads this file, by its name, into a thread of its own.

interface Context {
  readonly parentURL?: string | undefined;
}

type Next = (specifier: string, context: Context) => unknown;

export function resolve(specifier: string, context: Context, next: Next): unknown {
  return next(specifier, isOurs(specifier) ? { ...context, parentURL: import.meta.url } : context);
}

/** Does this import mean this package? */
export function isOurs(specifier: string): boolean {
  return specifier === 'taskqueue' || specifier.startsWith('taskqueue/');
}
