// What a worker type may be called.

const WORKER_TYPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export function isWorkerType(name: unknown): name is string {
  return typeof name === 'string' && WORKER_TYPE.test(name);
}

export const WORKER_TYPE_RULE = 'a worker type begins with a letter or digit and has up to 128 letters, digits, . _ -';
