// What the kernel says about processes. Times come from the scheduler's own accounts, which are exact to the nanosecond;
// the ticks of /proc/PID/stat would be too coarse for runs of a second.
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that all of these have used since their start. */
export function cpuMsOf(...pids: readonly number[]): number {
  return (
    sum(pids.flatMap((pid) => threadsOf(pid).map((thread) => Number(text(`${thread}/schedstat`).split(' ')[0])))) / 1e6
  );
}

/** How often threads of the process began to run after they had waited for something. */
export function wakeUpsOf(pid: number): number {
  return sum(threadsOf(pid).map((thread) => numberIn(text(`${thread}/status`), 'voluntary_ctxt_switches')));
}

/** Proportional share: pages that n processes share count 1/n for each. */
export function pssMbOf(pid: number): number {
  return numberIn(text(`/proc/${pid}/smaps_rollup`), 'Pss') / 1024;
}

/** Descendants of the process, itself not included. */
export function descendantsOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    text(`${thread}/children`).trim().split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Threads that end just now are left out. */
function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (err: unknown) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT' || (err as NodeJS.ErrnoException).code === 'ESRCH') return '';
    throw err;
  }
}

function numberIn(lines: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(lines)?.[1] ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
