// Whether a worker process has done enough, or grown too large, and shall be replaced by a new one. Asked between workitems;
// what follows is the pool's business (`succession.ts`). Pure.
import type { WorkerOptions } from '../config/config.ts';
import { formatSize } from '../core/size.ts';

interface Wear {
  /** Workitems that it has handled. */
  readonly tasks: number;
  /** Its RSS now; `undefined` where nobody knows. Asked only where it matters. */
  residentBytes(): number | undefined;
}

/** Completes the sentence "the worker process …"; `undefined` where it may go on. */
export function wornReason(
  { maxTasks, maxMemory }: Pick<WorkerOptions, 'maxTasks' | 'maxMemory'>,
  wear: Wear,
): string | undefined {
  if (maxTasks !== null && wear.tasks >= maxTasks) {
    return `has handled ${wear.tasks} workitems, max_tasks = ${maxTasks}`;
  }
  const bytes = maxMemory === null ? undefined : wear.residentBytes();
  return maxMemory !== null && bytes !== undefined && bytes > maxMemory
    ? `has ${formatSize(Math.ceil(bytes / MEBIBYTE) * MEBIBYTE)} of memory, max_memory = ${formatSize(maxMemory)}`
    : undefined;
}

const MEBIBYTE = 1024 ** 2;
