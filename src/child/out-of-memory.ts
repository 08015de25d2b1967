// Whether a process that died may have run out of memory. The kernel says it to nobody directly: its OOM killer sends
// SIGKILL, as anybody may. But it counts, for each cgroup, and a worker process is in its pool's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildExit } from './spawn.ts';

const CGROUPS = '/sys/fs/cgroup';

/** How many processes of our cgroup the OOM killer has killed so far; `undefined` where that can't be told. */
export function oomKills(): number | undefined {
  try {
    const path = cgroupIn(readFileSync('/proc/self/cgroup', 'utf8'));
    return path === undefined ? undefined : oomKillsIn(readFileSync(join(CGROUPS, path, 'memory.events'), 'utf8'));
  } catch {
    return undefined; // cgroups of version 1, the root of version 2, or none: said in the result
  }
}

/** Of version 2. */
export function cgroupIn(text: string): string | undefined {
  return /^0::(\/.*)$/m.exec(text)?.[1];
}

export function oomKillsIn(memoryEvents: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(memoryEvents)?.[1];
  return count === undefined ? undefined : Number(count);
}

interface LastMoments {
  /** The counter when the process was started, and when it had ended. */
  readonly oomKillsBefore: number | undefined;
  readonly oomKillsAfter: number | undefined;
  /** What it wrote last. */
  readonly lastLines: string;
}

/** What may be said about memory after "was killed by SIGKILL"; '' where there is nothing to be said. Not for what we killed. */
export function memoryStory(exit: ChildExit, { oomKillsBefore, oomKillsAfter, lastLines }: LastMoments): string {
  if ('error' in exit) return '';
  if (exit.signal === 'SIGABRT' || exit.code === 134) {
    return lastLines.includes('heap out of memory') ? ': its JavaScript heap was full' : '';
  }
  if (exit.signal !== 'SIGKILL') return '';
  if (oomKillsBefore === undefined || oomKillsAfter === undefined) return ', perhaps because memory ran out';
  return oomKillsAfter > oomKillsBefore ? ': memory ran out' : '';
}
